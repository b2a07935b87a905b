import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { EntryKind, VisibleEntry } from '@parlour/core/conversation-log/entry';
import { currentMembers, emptyLog, LogDraft, type LogState } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { nothingRead } from '@parlour/core/marker';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import type { OpenLogStore } from './log-store.contract.ts';
import type { Append, AppendOutcome, Commit, LogStore, MarkerRaise } from './log-store.ts';

const people = Array.from({ length: 4 }, () => nodeEnvironment.id() as PersonId);
const conversations = Array.from({ length: 3 }, () => nodeEnvironment.id() as ConversationId);
const all = { fromSeq: 1 as Seq, untilSeq: 1_000_000 as Seq };

/** One thing that a commit carries. `memory`: how old the state is that it is decided on, in states of that conversation. */
type Wish = {
  readonly conversation: number;
  readonly does: 'say' | 'add' | 'remove' | 'lead' | 'mark';
  readonly who: number;
  readonly other: number;
  readonly count: number;
  readonly memory: number;
  /** Takes the number of an operation that was used before. */
  readonly again: boolean;
};
const wish = fc.record<Wish>({
  conversation: fc.nat(conversations.length - 1),
  does: fc.constantFrom('say', 'say', 'say', 'add', 'remove', 'lead', 'mark', 'mark'),
  who: fc.nat(people.length - 1),
  other: fc.nat(people.length - 1),
  count: fc.integer({ min: 1, max: 3 }),
  memory: fc.constantFrom(0, 0, 0, 0, 1, 2),
  again: fc.constantFrom(false, false, false, false, false, true),
});
const history = fc.array(fc.array(wish, { minLength: 1, maxLength: 5 }), { minLength: 5, maxLength: 25, size: 'max' });

/** Makes commits of wishes, as several owners would who know more or less of what happened. */
class Past {
  readonly devices = people.map(() => nodeEnvironment.id() as DeviceId);
  readonly #numbers = people.map(() => 0);
  readonly #states = conversations.map((id) => [emptyLog(id)]);
  #minute = 0;

  commitOf(wishes: readonly Wish[]): Commit {
    this.#minute += 1;
    const appends: Append[] = [];
    const markers: MarkerRaise[] = [];
    for (const one of wishes) {
      if (one.does === 'mark') markers.push(...this.#markerOf(one));
      else appends.push(...this.#appendOf(one));
    }
    return { appends, markers };
  }

  learn({ appends }: Commit, outcomes: readonly AppendOutcome[]): void {
    for (const [index, append] of appends.entries()) {
      if (outcomes[index] === 'ok') this.#statesOf(conversations.indexOf(append.conversation)).push(append.state);
    }
  }

  #statesOf(conversation: number): LogState[] {
    const states = this.#states[conversation];
    if (!states) throw new RangeError('no such conversation');
    return states;
  }

  #stateAt({ conversation, memory }: Wish): LogState {
    const states = this.#statesOf(conversation);
    return states[Math.max(0, states.length - 1 - memory)] ?? emptyLog(conversations[conversation] as ConversationId);
  }

  #appendOf(one: Wish): Append[] {
    const state = this.#stateAt(one);
    const draft = new LogDraft(state);
    const entries = this.#bodiesOf(one, state).flatMap(({ kind, body }) => {
      const n = one.again ? Math.max(1, this.#numbers[one.who] ?? 0) : (this.#numbers[one.who] ?? 0) + 1;
      const identity = { conversation: state.conversation, author: people[one.who] as PersonId, device: this.devices[one.who] as DeviceId };
      const operation = { ...identity, n: n as OperationNumber, kind, target: null, body: JSON.stringify(body), after: draft.state.head };
      const context = { digest16, salt: mintSalt, now: (this.#minute * 60_000) as WallMs };
      const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
      if (verdict.verdict !== 'append') return [];
      this.#numbers[one.who] = n;
      draft.apply(verdict.entry);
      return [verdict.entry];
    });
    return entries.length === 0 ? [] : [{ conversation: state.conversation, expect: state.head, entries, state: draft.state }];
  }

  #bodiesOf({ does, who, other, count, conversation }: Wish, state: LogState): { kind: EntryKind; body: object }[] {
    if (state.head.seq === 0) {
      const members = people
        .slice(0, 2 + (conversation % 2))
        .map((person) => ({ person, role: person === people[who] ? 'owner' : 'member' }));
      return [{ kind: 'create', body: { type: 'group', members, title: `Group ${conversation}` } }];
    }
    if (does === 'say')
      return Array.from({ length: count }, (_, index) => ({ kind: 'message', body: { text: `${this.#minute} ${index}` } }));
    const person = people[other] as PersonId;
    if (does === 'lead') return ledBodies(person, this.#minute).slice(0, count === 3 ? undefined : 1);
    // In one append somebody may go, come back and go again.
    return Array.from({ length: count }, (_, index): { kind: EntryKind; body: object } =>
      (does === 'add') === (index % 2 === 0) ? { kind: 'add', body: { person, role: 'member' } } : { kind: 'remove', body: { person } },
    );
  }

  #markerOf(one: Wish): MarkerRaise[] {
    const state = this.#stateAt(one);
    const person = people[one.who] as PersonId;
    if (state.head.seq === 0 || !currentMembers(state).includes(person)) return [];
    const { head, ord, conversation } = state;
    const read = { readSeq: head.seq, readOrd: ord, readMine: state.sent.get(person) ?? nothingRead.readMine };
    const marker = { ...read, receivedSeq: head.seq, toldSeq: one.count > 1 ? head.seq : nothingRead.toldSeq };
    return [{ conversation, person, marker, readAt: one.count > 1 ? ((this.#minute * 60_000) as WallMs) : null }];
  }
}

/** What one leads a group by, beginning elsewhere each time: a role given and taken, a ban and what comes after it, another name and other rules. */
function ledBodies(person: PersonId, from: number): { kind: EntryKind; body: object }[] {
  const all: { kind: EntryKind; body: object }[] = [
    { kind: 'role', body: { person, role: 'admin' } },
    { kind: 'describe', body: { title: `Group at ${from}`, about: 'On the pier' } },
    { kind: 'rules', body: { newcomersSee: from % 2 === 0 ? 'all' : 'joining' } },
    { kind: 'remove', body: { person, ban: true } },
    { kind: 'describe', body: { hue: from } },
    { kind: 'pardon', body: { person } },
    { kind: 'add', body: { person, role: 'member' } },
    { kind: 'role', body: { person, role: 'owner' } },
  ];
  return [...all.slice(from % all.length), ...all.slice(0, from % all.length)];
}

/** Everything that a store answers, in an order that does not depend on the store. */
async function answersOf(store: LogStore, devices: readonly DeviceId[]): Promise<unknown> {
  const byConversation = await Promise.all(
    conversations.map(async (conversation) => {
      const log = await store.loadLog(conversation);
      const headSeq = log?.head.seq ?? 0;
      const markers = people.map(async (person) => [
        (await store.loadMarker(conversation, person)) ?? nothingRead,
        await store.loadMarkerSteps(conversation, person),
        await Promise.all(Array.from({ length: headSeq }, (_, index) => store.loadCountsAt(conversation, person, (index + 1) as Seq))),
      ]);
      const entries = (await store.loadRange(conversation, all)).map(visible);
      return [log, entries, await store.loadMarks(conversation, all), await Promise.all(markers)];
    }),
  );
  const byPerson = await Promise.all(
    people.map(async (person) => {
      const recent = await store.loadRecent(person, { before: null, limit: 2 });
      const last = recent.at(-1);
      const before = last ? { activity: last.activity, conversation: last.conversation } : null;
      const rest = last ? await store.loadRecent(person, { before, limit: 10 }) : [];
      const rows = (await store.loadDigestRows(person, 10)).map(({ head: { seq, chain }, ...row }) => ({ ...row, head: { seq, chain } }));
      const digests = rows.sort((one, other) => (one.conversation < other.conversation ? -1 : 1));
      const few = (await store.loadDigestRows(person, 1)).map(({ conversation }) => conversation);
      return [[...recent, ...rest].map(inOrder), digests, few, await store.countConversations(person)];
    }),
  );
  const byDevice = await Promise.all(
    devices.map(async (device) => {
      const highest = await store.loadHighestOperationNumber(device);
      const numbers = Array.from({ length: highest + 1 }, (_, index) => (index + 1) as OperationNumber);
      return [highest, await Promise.all(numbers.map((n) => store.findOperation(device, n)))];
    }),
  );
  return { byConversation, byPerson, byDevice };
}

/** A store may hand over more of an entry than its readers get. */
function visible({ seq, kind, author, device, n, target, ord, mine, memberSeq, ts, chain, body }: VisibleEntry): VisibleEntry {
  return { seq, kind, author, device, n, target, ord, mine, memberSeq, ts, chain, body };
}

function inOrder<Row extends { readonly otherMarkers: readonly { readonly person: PersonId }[] }>(row: Row): Row {
  return { ...row, otherMarkers: [...row.otherMarkers].sort((one, other) => (one.person < other.person ? -1 : 1)) };
}

/** The same histories have the same outcomes as in the reference, and leave the same answers. Every adapter's test calls this as it calls the contract. */
export function logStoreAgreement(open: OpenLogStore, { runs }: { readonly runs: number }): void {
  describe('log store: agreement', () => {
    test('[LOG-5] the same history has the same outcomes as in the reference, commit by commit, and leaves the same answers', async () => {
      const met = new Set<AppendOutcome>();
      await fc.assert(
        fc.asyncProperty(history, async (commits) => {
          await using store = await open(people);
          const reference = new MemoryLogStore();
          const past = new Past();
          for (const wishes of commits) {
            const commit = past.commitOf(wishes);
            const expected = await reference.commit(commit);
            expect(await store.commit(commit)).toEqual(expected);
            past.learn(commit, expected);
            for (const outcome of expected) met.add(outcome);
          }
          expect(await answersOf(store, past.devices)).toEqual(await answersOf(reference, past.devices));
        }),
        { numRuns: runs },
      );
      // What no history came to was not compared.
      expect([...met].sort()).toEqual(['conflict', 'id_taken', 'ok']);
    });
  });
}
