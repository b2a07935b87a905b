import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest16 } from '../environment.ts';
import type { Chain, ConversationId, DeviceId, OperationNumber, PersonId, Salt, Seq, WallMs } from '../ids.ts';
import { bytesOfDigest, idFromBytes } from '../ids.ts';
import { limits } from '../limits.ts';
import { decideMarker, nothingRead, unreadCount } from '../marker.ts';
import { chainOf, digestOf, directConversationId, jobDeviceId } from './chain.ts';
import {
  type DecideContext,
  decideOperation,
  factsAtHead,
  isMadeOnThisLog,
  type OperationFacts,
  type OperationMark,
  type Verdict,
} from './decide.ts';
import { bodyOf, type Entry, type EntryKind, entryKindOf, entryKinds, genesis, type Operation } from './entry.ts';
import { applyRun, currentMembers, emptyLog, isMember, LogDraft, type LogState, type Member, sentBy } from './state.ts';
import { isVisible, lastStay, visibleRanges } from './visibility.ts';

const digest16: Digest16 = (text) => hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
const idOf = (name: string): string => idFromBytes(bytesOfDigest(digest16(name)));
const people = ['ada', 'ben', 'cleo', 'dan'].map((name) => idOf(name) as PersonId);
const [ada, ben, cleo, dan] = people as [PersonId, PersonId, PersonId, PersonId];
const phone = idOf('phone') as DeviceId;
const conversation = idOf('here') as ConversationId;
let saltCount = 0;
const context: DecideContext = { digest16, salt: () => digest16(`salt ${saltCount++}`) as Salt, now: 1_000 as WallMs };

type Wish = { readonly author: number; readonly kind: EntryKind; readonly other: number; readonly text: string };
const wish = fc.record<Wish>({
  author: fc.nat(3),
  kind: fc.constantFrom('message', 'message', 'message', 'add', 'remove', 'notice', 'role', 'pardon', 'describe', 'rules'),
  other: fc.nat(3),
  text: fc.string({ maxLength: 20 }),
});
const wishes = fc.array(wish, { maxLength: 40 });

const operationOf = (state: LogState, more: Partial<Operation>): Operation => ({
  conversation,
  author: ada,
  device: phone,
  n: 1 as OperationNumber,
  kind: 'message',
  target: null,
  body: '{"text":"hello"}',
  after: state.head,
  ...more,
});
const creation = (members: readonly PersonId[], type: 'direct' | 'group' = 'group'): Partial<Operation> => ({
  kind: 'create',
  device: idOf('creator') as DeviceId,
  body: JSON.stringify({
    type,
    title: 'a place',
    members: members.map((person, index) => ({ person, role: index === 0 ? 'owner' : 'member' })),
  }),
});
const bodies: Record<EntryKind, (wish: Wish) => object> = {
  create: () => ({ type: 'group', members: [] }),
  message: ({ text }) => ({ text }),
  add: ({ other }) => ({ person: people[other], role: 'member' }),
  remove: ({ other, text }) => ({ person: people[other], ...(text.length % 3 === 0 ? { ban: true } : {}) }),
  notice: ({ text }) => ({ text }),
  role: ({ other, text }) => ({ person: people[other], role: (['member', 'admin', 'owner'] as const)[text.length % 3] }),
  pardon: ({ other }) => ({ person: people[other] }),
  describe: ({ text }) => ({ title: `group ${text}`, hue: text.length }),
  rules: ({ text }) => ({
    newcomersSee: text.length % 2 === 0 ? 'all' : 'joining',
    permissions: { write: text.length % 5 === 0 ? 'admin' : 'member' },
  }),
};

/** Appends what may be appended of the wishes, each by its author's own device. */
function grow(from: LogState, wanted: readonly Wish[]): { state: LogState; entries: Entry[] } {
  const draft = new LogDraft(from);
  const entries: Entry[] = [];
  const take = (operation: Operation): void => {
    const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
    if (verdict.verdict !== 'append') return;
    draft.apply(verdict.entry);
    entries.push(verdict.entry);
  };
  if (from.head.seq === 0) take(operationOf(from, creation([ada, ben])));
  for (const [index, one] of wanted.entries()) {
    const author = people[one.author] ?? ada;
    const n = (from.head.seq + index + 1) as OperationNumber;
    const body = JSON.stringify(bodies[one.kind](one));
    take(operationOf(draft.state, { author, device: idOf(`device ${one.author}`) as DeviceId, n, kind: one.kind, body }));
  }
  return { state: draft.state, entries };
}

const withoutBody = (entry: Entry): Entry => ({ ...entry, body: null, salt: null });
const headOf = (entries: readonly Entry[]): Chain =>
  entries.reduce<Chain>((chain, entry) => chainOf(digest16, chain, entry), genesis.chain);

describe('chain', () => {
  const changes: { readonly [Field in 'seq' | 'kind' | 'author' | 'device' | 'n' | 'target' | 'digest']: (entry: Entry) => Entry[Field] } =
    {
      seq: ({ seq }) => (seq + 1) as Seq,
      kind: ({ kind }) => (kind === 'message' ? 'notice' : 'message'),
      author: ({ author }) => (author === ada ? ben : ada),
      device: ({ device }) => (device === phone ? (idOf('desk') as DeviceId) : phone),
      n: ({ n }) => (n + 1) as OperationNumber,
      target: ({ target }) => (target === null ? (1 as Seq) : null),
      digest: ({ digest }) => digest16(digest) as Entry['digest'],
    };

  test.each(Object.entries(changes))('[LOG-2] a change of %s anywhere changes the head', (field, change) => {
    fc.assert(
      fc.property(wishes, fc.nat(), (wanted, pick) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        const place = pick % entries.length;
        const forged = entries.map((entry, index) => (index === place ? { ...entry, [field]: change(entry) } : entry));
        expect(headOf(entries)).toBe(state.head.chain);
        expect(headOf(forged)).not.toBe(state.head.chain);
      }),
    );
  });

  test('[LOG-2] leaving out, doubling or swapping entries changes the head', () => {
    const { entries, state } = grow(emptyLog(conversation), Array(4).fill({ author: 0, kind: 'message', other: 0, text: 'x' }));
    for (let place = 0; place < entries.length; place++) {
      expect(headOf(entries.toSpliced(place, 1))).not.toBe(state.head.chain);
      expect(headOf(entries.toSpliced(place, 0, ...entries.slice(place, place + 1)))).not.toBe(state.head.chain);
      const swapped = [...entries.slice(0, place), ...entries.slice(place, place + 2).reverse(), ...entries.slice(place + 2)];
      if (place + 1 < entries.length) expect(headOf(swapped)).not.toBe(state.head.chain);
    }
  });

  test('[LOG-3] erasing a body with its salt leaves the chain as it was; another body or salt is another digest', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        expect(headOf(entries.map(withoutBody))).toBe(state.head.chain);
        for (const { salt, body, digest } of entries) {
          if (salt === null || body === null) throw new Error('nothing was erased');
          expect(digestOf(digest16, salt, body)).toBe(digest);
          expect(digestOf(digest16, salt, `${body} `)).not.toBe(digest);
          expect(digestOf(digest16, digest16(salt) as Salt, body)).not.toBe(digest);
        }
      }),
    );
  });

  test('[LOG-4] a direct conversation has one id whoever begins, each pair another; a job has one device', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), fc.nat(3), (one, other, third) => {
        const of = (a: number, b: number) => directConversationId(digest16, people[a] ?? ada, people[b] ?? ada);
        expect(of(one, other)).toBe(of(other, one));
        expect(of(one, other) === of(one, third)).toBe(other === third);
      }),
    );
    expect(jobDeviceId(digest16, 'a')).toBe(jobDeviceId(digest16, 'a'));
    expect(jobDeviceId(digest16, 'a')).not.toBe(jobDeviceId(digest16, 'b'));
  });

  test('[LOG-1] stored kinds keep their numbers', () => {
    expect(entryKinds).toEqual({ create: 1, message: 2, add: 3, remove: 4, notice: 5, role: 6, pardon: 7, describe: 8, rules: 9 });
    expect([...entryKindOf].map(([stored, kind]) => [kind, stored])).toEqual(Object.entries(entryKinds));
  });
});

describe('fold', () => {
  test('[LOG-5] a run in two parts is the run in one, and an old state is never touched', () => {
    fc.assert(
      fc.property(wishes, fc.nat(), (wanted, pick) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        const cut = pick % (entries.length + 1);
        const before = applyRun(emptyLog(conversation), entries.slice(0, cut));
        const copy = structuredClone(before);
        expect(applyRun(before, entries.slice(cut))).toEqual(state);
        expect(applyRun(emptyLog(conversation), entries)).toEqual(state);
        expect(before).toEqual(copy);
      }),
    );
  });

  test('[LOG-5] seqs are gapless; ord, mine and memberSeq equal a recount; members are those who came and did not go', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        const here = new Set([ada, ben]);
        let memberSeq = 1;
        for (const [index, entry] of entries.entries()) {
          const until = entries.slice(0, index + 1).filter(({ kind }) => kind === 'message');
          if (entry.kind === 'add') here.add(bodyOf('add', entry).person);
          if (entry.kind === 'remove') here.delete(bodyOf('remove', entry).person);
          if (['create', 'add', 'remove'].includes(entry.kind)) memberSeq = entry.seq;
          expect(entry.seq).toBe(index + 1);
          expect(entry.ord).toBe(until.length);
          if (entry.kind === 'message') expect(entry.mine).toBe(until.filter(({ author }) => author === entry.author).length);
          expect(entry.memberSeq).toBe(memberSeq);
        }
        expect(new Set(currentMembers(state))).toEqual(here);
        for (const person of people) {
          expect(isMember(state, person)).toBe(here.has(person));
          expect(sentBy(state, person)).toBe(entries.filter(({ kind, author }) => kind === 'message' && author === person).length);
        }
      }),
    );
  });

  test('[VIS-1] a range shows exactly the entries between coming and going, the removal included', () => {
    fc.assert(
      fc.property(wishes, fc.nat(45), fc.nat(45), (wanted, from, length) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        const range = { fromSeq: from as Seq, untilSeq: (from + length) as Seq };
        for (const person of people) {
          let here = false;
          let sees: string = 'joining';
          let seen: number[] = [];
          for (const entry of entries) {
            if (entry.kind === 'rules') sees = bodyOf('rules', entry).newcomersSee ?? sees;
            const comes =
              (entry.kind === 'create' && (person === ada || person === ben)) ||
              (entry.kind === 'add' && bodyOf('add', entry).person === person);
            const goes = entry.kind === 'remove' && bodyOf('remove', entry).person === person;
            if (comes) here = true;
            // [GRP-7] By the rule of the moment in which they came.
            if (comes && sees === 'all') seen = entries.slice(0, entry.seq - 1).map(({ seq }) => seq);
            if (here) seen.push(entry.seq);
            if (goes) here = false;
          }
          const stays = state.members.get(person)?.stays ?? [];
          expect(entries.map(({ seq }) => seq).filter((seq) => isVisible(stays, seq))).toEqual(seen);
          const shown = visibleRanges(state, person, range).flatMap(({ fromSeq, untilSeq }) =>
            Array.from({ length: untilSeq - fromSeq }, (_, index) => fromSeq + index),
          );
          expect(shown).toEqual(seen.filter((seq) => seq >= range.fromSeq && seq < range.untilSeq));
          expect(lastStay(state, person)?.untilSeq === null).toBe(isMember(state, person));
        }
      }),
    );
  });

  test('[MARK-4] unread equals a recount of the messages of others behind the marker', () => {
    fc.assert(
      fc.property(wishes, fc.nat(), (wanted, pick) => {
        const { entries, state } = grow(emptyLog(conversation), wanted);
        for (const reader of people) {
          const readSeq = (pick % (state.head.seq + 1)) as Seq;
          const read = entries.slice(0, readSeq).filter(({ kind }) => kind === 'message');
          const at = { seq: readSeq, ord: read.length, mine: read.filter(({ author }) => author === reader).length } as never;
          const marker = decideMarker(nothingRead, state.head.seq, { readSeq, receivedSeq: 0 as Seq, told: true }, at);
          if ('refused' in marker) throw new Error('a marker within the log was refused');
          const unread = entries.filter(({ kind, author, seq }) => kind === 'message' && author !== reader && seq > readSeq);
          expect(unreadCount(marker, { ord: state.ord, mine: sentBy(state, reader) })).toBe(unread.length);
        }
      }),
    );
  });
});

describe('decide', () => {
  const { state, entries } = grow(emptyLog(conversation), [
    { author: 0, kind: 'message', other: 0, text: 'one' },
    { author: 1, kind: 'message', other: 0, text: 'two' },
    { author: 0, kind: 'add', other: 2, text: '' },
    { author: 0, kind: 'remove', other: 2, text: '' },
    { author: 0, kind: 'message', other: 0, text: 'three' },
  ]);
  const markOf = ({ seq, chain, device, n, digest, salt }: Entry): OperationMark => ({ seq, chain, device, n, digest, salt });
  /** What an owner would look up, from the entries themselves. */
  const factsOf = ({ after }: Operation): OperationFacts => ({
    ...factsAtHead(genesis.chain),
    chainAtAfter: after === null ? null : after.seq === 0 ? genesis.chain : (entries[after.seq - 1]?.chain ?? null),
    marksSinceAfter: entries.filter(({ seq }) => seq > (after?.seq ?? 0)).map(markOf),
  });
  const decide = (operation: Operation, facts: OperationFacts = factsOf(operation), batch: readonly Entry[] = []): Verdict =>
    decideOperation(state, batch, operation, facts, context);
  const again = (entry: Entry, more: Partial<Operation> = {}): Operation => {
    const { author, device, n, kind, target, body } = entry;
    return operationOf(state, { author, device, n, kind, target, body: body ?? '', after: genesis, ...more });
  };
  const refusalOf = (verdict: Verdict): string =>
    'refusal' in verdict ? `${verdict.verdict} ${verdict.refusal.refused}` : verdict.verdict;

  test('[OP-1] who was never a member learns nothing, whatever the position; who was one learns that they are none', () => {
    for (const after of [
      null,
      genesis,
      state.head,
      { seq: 3 as Seq, chain: digest16('forged') as Chain },
      { ...genesis, seq: 9_999 as Seq },
    ]) {
      const stranger = operationOf(state, { author: dan, after });
      for (const facts of [factsOf(stranger), { ...factsOf(stranger), tooFarBehind: true }]) {
        expect(refusalOf(decide(stranger, facts))).toBe('refused conversation_not_visible');
        expect(decide(stranger, facts)).toEqual(decideOperation(emptyLog(conversation), [], stranger, facts, context));
      }
    }
    expect(refusalOf(decide(operationOf(state, { author: cleo })))).toBe('refused not_a_member');
  });

  test('[OP-1] the rules of each kind', () => {
    const group = (kind: EntryKind, person: PersonId) => operationOf(state, { kind, body: JSON.stringify({ person, role: 'member' }) });
    const direct = applyRun(emptyLog(conversation), grow(emptyLog(conversation), []).entries);
    const inDirect = (operation: Operation) =>
      refusalOf(
        decideOperation({ ...direct, type: 'direct' }, [], operation, factsAtHead(operation.after?.chain ?? genesis.chain), context),
      );
    expect(refusalOf(decide(operationOf(state, creation([ada]))))).toBe('refused conversation_exists');
    expect(refusalOf(decide(group('add', ben)))).toBe('refused member_already');
    expect(refusalOf(decide(group('remove', dan)))).toBe('refused member_missing');
    expect(refusalOf(decide(group('add', dan)))).toBe('append');
    expect(inDirect(group('add', dan))).toBe('refused members_fixed');
    expect(inDirect(group('remove', ben))).toBe('refused members_fixed');
    const crowd = Array.from({ length: limits.membersMax + 1 }, (_, index) => idOf(`${index}`) as PersonId);
    const crowded = operationOf(emptyLog(conversation), creation(crowd));
    const verdict = decideOperation(emptyLog(conversation), [], crowded, factsAtHead(genesis.chain), context);
    expect(refusalOf(verdict)).toBe('refused conversation_full');
    const owner: Member = { role: 'owner', stays: [{ joinedSeq: 1 as Seq, fromSeq: 1 as Seq, untilSeq: null, leftFace: null }] };
    const gone: Member = { role: 'member', stays: [] };
    const inFull = { ...state, members: new Map([...crowd.slice(1).map((person) => [person, gone] as const), [ada, owner]]) };
    expect(refusalOf(decideOperation(inFull, [], group('add', dan), factsAtHead(state.head.chain), context))).toBe(
      'refused conversation_full',
    );
  });

  test('[OP-1] [A-14] what it acts on must be an entry that its author sees', () => {
    const later = grow(state, [
      { author: 0, kind: 'message', other: 0, text: 'before dan' },
      { author: 0, kind: 'add', other: 3, text: '' },
    ]).state;
    const acts = (author: PersonId, target: number) => {
      const operation = operationOf(later, { author, device: idOf(author) as DeviceId, target: target as Seq });
      return refusalOf(decideOperation(later, [], operation, factsAtHead(later.head.chain), context));
    };
    expect(acts(ada, later.head.seq)).toBe('append');
    expect(acts(ada, later.head.seq + 1)).toBe('refused malformed');
    expect(acts(dan, later.head.seq)).toBe('append');
    expect(acts(dan, later.head.seq - 1)).toBe('refused malformed');
  });

  test('[OP-2] an operation made on another log, or ahead of this one, is stopped as diverged', () => {
    const forged = { seq: 2 as Seq, chain: digest16('another') as Chain };
    for (const after of [forged, { seq: 99 as Seq, chain: state.head.chain }, { seq: 0 as Seq, chain: state.head.chain }]) {
      const operation = operationOf(state, { after, n: 50 as OperationNumber });
      expect(isMadeOnThisLog(operation, factsOf(operation))).toBe(false);
      expect(refusalOf(decide(operation))).toBe('stopped diverged');
    }
  });

  test('[OP-3] what stands in the log already is answered with its seq: since its position, in the same batch, by the index, with its body erased', () => {
    for (const entry of entries.slice(1)) {
      expect(decide(again(entry))).toEqual({ verdict: 'duplicate', seq: entry.seq });
      const atHead = { ...factsAtHead(state.head.chain), sameOperation: markOf(entry) };
      expect(decide(again(entry, { after: state.head }), atHead)).toEqual({ verdict: 'duplicate', seq: entry.seq });
      expect(decide(again(entry, { after: null }), atHead)).toEqual({ verdict: 'duplicate', seq: entry.seq });
      expect(decide(again(entry, { after: null }), { ...atHead, tooFarBehind: true })).toEqual({ verdict: 'duplicate', seq: entry.seq });
      const inBatch = decide(again(entry, { after: state.head }), factsAtHead(state.head.chain), [entry]);
      expect(inBatch).toEqual({ verdict: 'duplicate', seq: entry.seq });
      const erased = { ...factsOf(again(entry)), marksSinceAfter: [markOf(withoutBody(entry))] };
      expect(decide(again(entry, { body: '{"text":"whatever it was"}' }), erased)).toEqual({ verdict: 'duplicate', seq: entry.seq });
    }
  });

  test('[OP-4] the same id with other content, or used in another conversation, is refused for ever', () => {
    for (const entry of entries.slice(1)) {
      const other = again(entry, { body: '{"text":"something else"}' });
      expect(refusalOf(decide(other))).toBe('refused id_reuse');
      expect(refusalOf(decide({ ...other, after: state.head }, factsAtHead(state.head.chain), [entry]))).toBe('refused id_reuse');
    }
    const elsewhere = operationOf(state, { n: 70 as OperationNumber });
    expect(refusalOf(decide(elsewhere, { ...factsOf(elsewhere), usedElsewhere: true }))).toBe('refused id_reuse');
  });

  test('[OP-5] a lower number after a higher one of the same device is superseded; of another device it is not', () => {
    const last = entries.at(-1);
    if (!last) throw new Error('an empty log');
    const unused = 2 as OperationNumber;
    expect(entries.some(({ device, n }) => device === last.device && n === unused)).toBe(false);
    const late = again(last, { n: unused });
    expect(refusalOf(decide(late))).toBe('refused superseded');
    expect(refusalOf(decide({ ...late, after: state.head }, factsAtHead(state.head.chain), [last]))).toBe('refused superseded');
    expect(refusalOf(decide({ ...late, device: idOf('another') as DeviceId }))).toBe('append');
    expect(refusalOf(decide({ ...late, n: (last.n + 1) as OperationNumber }))).toBe('append');
  });

  test('[OP-6] made too long ago to look through what came since: stopped as resync', () => {
    const operation = operationOf(state, { n: 80 as OperationNumber, after: genesis });
    expect(refusalOf(decide(operation, { ...factsAtHead(genesis.chain), chainAtAfter: null, tooFarBehind: true }))).toBe('stopped resync');
  });

  test('[OP-6] whoever was taken out is not asked to look through what they cannot see: never', () => {
    const operation = operationOf(state, { author: cleo, n: 80 as OperationNumber, after: genesis });
    const facts = { ...factsAtHead(genesis.chain), chainAtAfter: null, tooFarBehind: true };
    expect(refusalOf(decide(operation, facts))).toBe('refused not_a_member');
  });

  test('[LOG-2] what is appended follows the head, with the content that was sent', () => {
    fc.assert(
      fc.property(wishes, fc.string(), (wanted, text) => {
        const log = grow(emptyLog(conversation), wanted);
        const operation = operationOf(log.state, { n: 1_000 as OperationNumber, body: JSON.stringify({ text }), ts: 5 as WallMs });
        const verdict = decideOperation(log.state, [], operation, factsAtHead(log.state.head.chain), context);
        if (!isMember(log.state, ada)) {
          expect(verdict.verdict).toBe('refused');
          return;
        }
        if (verdict.verdict !== 'append') throw new Error(`not appended: ${refusalOf(verdict)}`);
        expect(verdict.entry).toMatchObject({ seq: log.state.head.seq + 1, ts: 5, author: ada, device: phone, body: operation.body });
        expect(headOf([...log.entries, verdict.entry])).toBe(verdict.entry.chain);
      }),
    );
  });
});
