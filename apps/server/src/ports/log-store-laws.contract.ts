import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { Entry, EntryKind } from '@parlour/core/conversation-log/entry';
import { applyRun, currentMembers, emptyLog, LogDraft, type LogState } from '@parlour/core/conversation-log/state';
import { lastStay } from '@parlour/core/conversation-log/visibility';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { decideMarker, nothingRead, unreadCount } from '@parlour/core/marker';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import type { OpenLogStore } from './log-store.contract.ts';
import type { LogStore } from './log-store.ts';

const people = Array.from({ length: 4 }, () => nodeEnvironment.id() as PersonId);
const all = { fromSeq: 1 as Seq, untilSeq: 1_000_000 as Seq };

/** Somebody says so much, comes or goes, leads the group, or marks what they read. `appender`: one of several that each hold a state of their own. */
type Step = {
  readonly appender: number;
  readonly does: 'message' | 'add' | 'remove' | 'lead' | 'mark';
  readonly who: number;
  readonly other: number;
  readonly count: number;
  /** How far into the log a mark lies, in parts of a thousand. */
  readonly place: number;
  /** The appender reads the log first; else it goes on from what it holds, however old that is. */
  readonly reads: boolean;
};
const step = fc.record<Step>({
  appender: fc.nat(2),
  does: fc.constantFrom('message', 'message', 'message', 'add', 'remove', 'lead', 'mark', 'mark'),
  who: fc.nat(3),
  other: fc.nat(3),
  count: fc.integer({ min: 1, max: 4 }),
  place: fc.nat(1_000),
  reads: fc.boolean(),
});
/** Long ones, as what counts goes wrong where one has said something, read, gone, come back and read again. */
const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });

const personAt = (index: number): PersonId => {
  const person = people[index];
  if (person === undefined) throw new RangeError('nobody');
  return person;
};

/** What was taken and what was not, when these steps are taken one after the other on one conversation. */
async function live(store: LogStore, conversation: ConversationId, history: readonly Step[]) {
  const appenders = Array.from({ length: 3 }, () => ({ device: nodeEnvironment.id() as DeviceId, n: 0, state: emptyLog(conversation) }));
  const taken: Entry[] = [];
  let conflictCount = 0;

  const append = async (by: (typeof appenders)[number], wanted: readonly { kind: EntryKind; author: PersonId; body: object }[]) => {
    const draft = new LogDraft(by.state);
    const entries: Entry[] = [];
    for (const { kind, author, body } of wanted) {
      const operation = {
        conversation,
        author,
        device: by.device,
        n: ++by.n as OperationNumber,
        kind,
        target: null,
        body: JSON.stringify(body),
        after: draft.state.head,
      };
      const context = { digest16, salt: mintSalt, now: nodeEnvironment.now() };
      const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
      if (verdict.verdict !== 'append') continue;
      draft.apply(verdict.entry);
      entries.push(verdict.entry);
    }
    if (entries.length === 0) return;
    const [outcome] = await store.commit({
      appends: [{ conversation, expect: by.state.head, entries, state: draft.state }],
      markers: [],
    });
    if (outcome === 'ok') {
      by.state = draft.state;
      taken.push(...entries);
    } else {
      expect(outcome).toBe('conflict');
      conflictCount += 1;
    }
  };

  const mark = async ({ who, place }: Step) => {
    const person = personAt(who);
    const state = await store.loadLog(conversation);
    if (!state || !currentMembers(state).includes(person)) return;
    const readSeq = Math.round((state.head.seq * place) / 1_000) as Seq;
    const held = (await store.loadMarker(conversation, person)) ?? nothingRead;
    const counts = await store.loadCountsAt(conversation, person, readSeq);
    const marker = decideMarker(held, state.head.seq, { readSeq, receivedSeq: readSeq, told: true }, { seq: readSeq, ...counts });
    if ('refused' in marker) throw new Error('a place of the log was refused');
    await store.commit({ appends: [], markers: [{ conversation, person, marker, readAt: nodeEnvironment.now() }] });
  };

  const [first] = appenders;
  if (!first) throw new RangeError('nobody appends');
  const members = people.slice(0, 2).map((person, index) => ({ person, role: index === 0 ? 'owner' : 'member' }));
  await append(first, [{ kind: 'create', author: personAt(0), body: { type: 'group', members } }]);
  for (const one of history) {
    const by = appenders[one.appender];
    if (!by) throw new RangeError('no such appender');
    if (one.reads) by.state = (await store.loadLog(conversation)) ?? by.state;
    const author = personAt(one.who);
    const [person, role] = [personAt(one.other), 'member'];
    // Who came alone takes out nobody but themselves: the owner does the most of it.
    const leader = one.count < 4 ? personAt(0) : author;
    if (one.does === 'mark') await mark(one);
    else if (one.does === 'add') await append(by, [{ kind: 'add', author: leader, body: { person, role } }]);
    else if (one.does === 'remove') await append(by, [{ kind: 'remove', author: leader, body: { person } }]);
    else if (one.does === 'lead')
      await append(
        by,
        acts(person, one).map((act) => ({ ...act, author: leader })),
      );
    else
      await append(
        by,
        Array.from({ length: one.count }, (_, index) => ({ kind: 'message', author, body: { text: `${index}` } })),
      );
  }
  return { taken, conflictCount };
}

/** By its number, whatever else there is to do in a group; now and then all of it in one append. */
function acts(person: PersonId, { place, count }: Pick<Step, 'place' | 'count'>): { kind: EntryKind; body: object }[] {
  const all: { kind: EntryKind; body: object }[] = [
    { kind: 'describe', body: { title: `Group ${place}`, hue: place % 360 } },
    { kind: 'remove', body: { person, ban: true } },
    { kind: 'pardon', body: { person } },
    {
      kind: 'rules',
      body: { newcomersSee: place % 2 === 0 ? 'all' : 'joining', permissions: { add: place % 3 === 0 ? 'owner' : 'member' } },
    },
    { kind: 'add', body: { person, role: 'member' } },
    { kind: 'role', body: { person, role: place % 2 === 0 ? 'admin' : 'member' } },
    { kind: 'describe', body: { about: `About ${count}` } },
  ];
  return count === 3 ? all : all.slice(place % all.length).slice(0, 1);
}

async function logOf(store: LogStore, conversation: ConversationId): Promise<{ state: LogState; entries: Entry[] }> {
  const state = await store.loadLog(conversation);
  if (!state) throw new Error('there is no log');
  const marks = await store.loadMarks(conversation, all);
  const entries = (await store.loadRange(conversation, all)).map((entry, index): Entry => {
    const mark = marks[index];
    if (mark?.seq !== entry.seq) throw new Error(`entry ${entry.seq} has no mark`);
    return { ...entry, digest: mark.digest, salt: mark.salt };
  });
  return { state, entries };
}

/** Laws that hold whatever happened. Every adapter's test calls this as it calls the contract. */
export function logStoreLaws(open: OpenLogStore): void {
  describe('log store: laws', () => {
    test('[LOG-5] several append by compare-and-set, from old states and new: what is kept is what was taken, and folds to the state that is kept, in whatever runs', async () => {
      let conflictCount = 0;
      await fc.assert(
        fc.asyncProperty(steps, fc.array(fc.nat(), { maxLength: 8 }), async (history, places) => {
          await using store = await open(people);
          const conversation = nodeEnvironment.id() as ConversationId;
          const lived = await live(store, conversation, history);
          conflictCount += lived.conflictCount;
          const { state, entries } = await logOf(store, conversation);
          expect(entries).toEqual(lived.taken);
          const cuts = [0, ...places.map((place) => place % (entries.length + 1)), entries.length].sort((one, other) => one - other);
          let folded = emptyLog(conversation);
          for (const [index, cut] of cuts.slice(1).entries()) folded = applyRun(folded, entries.slice(cuts[index], cut));
          expect(state).toEqual(folded);
        }),
        { numRuns: 30 },
      );
      // A race that nobody ever loses shows nothing.
      expect(conflictCount).toBeGreaterThan(0);
    });

    test('[MARK-4] unread equals a recount after whatever was said, read, and by people who came and went', async () => {
      let unreadCounted = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          await using store = await open(people);
          const conversation = nodeEnvironment.id() as ConversationId;
          await live(store, conversation, history);
          const { state, entries } = await logOf(store, conversation);
          for (const reader of people) {
            const [row] = await store.loadRecent(reader, { before: null, limit: 5 });
            const stay = lastStay(state, reader);
            expect(row === undefined).toBe(stay === null);
            if (!row || !stay) continue;
            const readSeq = (await store.loadMarker(conversation, reader))?.readSeq ?? 0;
            // Whoever joins has nothing unread from before; whoever was removed sees nothing after it.
            const unread = entries.filter(
              ({ kind, author, seq }) =>
                kind === 'message' &&
                author !== reader &&
                seq > readSeq &&
                seq >= stay.fromSeq &&
                seq < (stay.untilSeq ?? Number.POSITIVE_INFINITY),
            );
            expect(unreadCount(row.marker, { ord: row.ord, mine: row.sentMine })).toBe(unread.length);
            unreadCounted += unread.length;
          }
        }),
        { numRuns: 30 },
      );
      expect(unreadCounted).toBeGreaterThan(0);
    });
  });
}
