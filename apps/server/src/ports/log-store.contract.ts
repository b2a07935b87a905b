import { chainOf, digestOf, directConversationId } from '@parlour/core/conversation-log/chain';
import { type Entry, type EntryKind, genesis, type Position } from '@parlour/core/conversation-log/entry';
import { applyRun, emptyLog, type LogState, sentBy } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Salt, Seq, WallMs } from '@parlour/core/ids';
import type { Marker } from '@parlour/core/marker';
import { describe, expect, test } from 'vitest';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import type { Append, LogStore } from './log-store.ts';

export type OpenLogStore = (people: readonly PersonId[]) => Promise<LogStore & AsyncDisposable>;

const ada = nodeEnvironment.id() as PersonId;
const ben = nodeEnvironment.id() as PersonId;
const cleo = nodeEnvironment.id() as PersonId;
const adasPhone = nodeEnvironment.id() as DeviceId;
const bensDesk = nodeEnvironment.id() as DeviceId;
const people = [ada, ben, cleo];

type Line = {
  readonly kind?: EntryKind;
  readonly author?: PersonId;
  readonly device?: DeviceId;
  readonly n: number;
  readonly body: object;
  readonly ts?: number;
};

/** What an owner would append after a state; written another way than the owner does it. */
function appendOf(state: LogState, lines: readonly Line[]): Append {
  const entries: Entry[] = [];
  let after = state;
  for (const line of lines) {
    const { kind = 'message', author = ada, device = adasPhone, ts = 1_000 } = line;
    const seq = (after.head.seq + 1) as Seq;
    const n = line.n as OperationNumber;
    const salt: Salt = mintSalt();
    const body = JSON.stringify(line.body);
    const digest = digestOf(digest16, salt, body);
    const counted = kind === 'message' ? 1 : 0;
    const entry: Entry = {
      seq,
      kind,
      author,
      device,
      n,
      target: null,
      salt,
      body,
      digest,
      ts: (ts + seq) as WallMs,
      ord: (after.ord + counted) as MessageCount,
      mine: (sentBy(after, author) + counted) as MessageCount,
      memberSeq: ['create', 'add', 'remove'].includes(kind) ? seq : after.memberSeq,
      chain: chainOf(digest16, after.head.chain, { seq, kind, author, device, n, target: null, digest }),
    };
    entries.push(entry);
    after = applyRun(after, [entry]);
  }
  return { conversation: state.conversation, expect: state.head, entries, state: after };
}

const creation = (n: number, members: readonly PersonId[] = [ada, ben]): Line => ({
  kind: 'create',
  n,
  body: { type: members.length === 2 ? 'direct' : 'group', members: members.map((person) => ({ person, role: 'member' })) },
});
const says = (n: number, text = `line ${n}`, more: Partial<Line> = {}): Line => ({ n, body: { text }, ...more });

const direct: ConversationId = directConversationId(digest16, ada, ben);
const another = nodeEnvironment.id() as ConversationId;
const third = nodeEnvironment.id() as ConversationId;

async function committed(store: LogStore, append: Append): Promise<LogState> {
  expect(await store.commit({ appends: [append], markers: [] })).toEqual(['ok']);
  return append.state;
}

const markerAt = (seq: number, ord: number, mine: number): Marker => ({
  readSeq: seq as Seq,
  readOrd: ord as MessageCount,
  readMine: mine as MessageCount,
  receivedSeq: seq as Seq,
  toldSeq: seq as Seq,
});
const all = { fromSeq: 1 as Seq, untilSeq: 1_000_000 as Seq };

/** Every adapter's test calls this with a way to open an empty store that knows these people. */
export function logStoreContract(open: OpenLogStore): void {
  describe('log store: append', () => {
    test('[STORE-1] what was appended is loaded as it was: state, marks and entries', async () => {
      await using store = await open(people);
      const state = await committed(
        store,
        appendOf(emptyLog(direct), [creation(1), says(2), says(3, 'ünï ✓', { author: ben, device: bensDesk })]),
      );
      expect(await store.loadLog(direct)).toEqual(state);
      expect((await store.loadMarks(direct, all)).map(({ seq, device, n }) => [seq, device, n])).toEqual([
        [1, adasPhone, 1],
        [2, adasPhone, 2],
        [3, bensDesk, 3],
      ]);
      const entries = await store.loadRange(direct, all);
      expect(entries.map(({ seq, body }) => [seq, body && JSON.parse(body).text])).toEqual([
        [1, undefined],
        [2, 'line 2'],
        [3, 'ünï ✓'],
      ]);
      expect(entries.at(-1)?.chain).toBe(state.head.chain);
    });

    test('[STORE-1] a title and a text come back as they were written, whatever is in them', async () => {
      await using store = await open(people);
      const title = `"Tea" \\ {and} \0 null, \u{10fffd}0 ünï 👩‍👩‍👧`;
      const create = { ...creation(1, people), body: { ...creation(1, people).body, title } };
      const state = await committed(store, appendOf(emptyLog(another), [create, says(2, title), says(3, 'null'), says(4, '{}')]));
      expect(await store.loadLog(another)).toEqual(state);
      expect((await store.loadRows(ada, [another])).map((row) => row.title)).toEqual([title]);
      const bodies = (await store.loadRange(another, all)).map(({ body }) => JSON.parse(body ?? '{}'));
      expect([bodies[0].title, ...bodies.slice(1).map(({ text }) => text)]).toEqual([title, title, 'null', '{}']);
    });

    test('[STORE-2] a stale head, or the right head with another chain, is a conflict and writes nothing', async () => {
      await using store = await open(people);
      const state = await committed(store, appendOf(emptyLog(direct), [creation(1), says(2)]));
      const stale = appendOf({ ...state, head: genesis }, [says(3)]);
      const forged = appendOf({ ...state, head: { ...state.head, chain: digest16('other') as Position['chain'] } }, [says(3)]);
      const unborn = appendOf({ ...emptyLog(another), head: state.head }, [says(3)]);
      expect(await store.commit({ appends: [stale], markers: [] })).toEqual(['conflict']);
      expect(await store.commit({ appends: [forged], markers: [] })).toEqual(['conflict']);
      expect(await store.commit({ appends: [unborn], markers: [] })).toEqual(['conflict']);
      expect(await store.loadLog(direct)).toEqual(state);
      expect(await store.loadLog(another)).toBeNull();
    });

    test('[STORE-3] in one commit, one that loses takes no other with it', async () => {
      await using store = await open(people);
      const state = await committed(store, appendOf(emptyLog(direct), [creation(1)]));
      const good = appendOf(emptyLog(another), [creation(2, people), says(3)]);
      const conflicting = appendOf({ ...state, head: genesis }, [says(4)]);
      const taken = appendOf(emptyLog(third), [creation(1, people)]);
      const marker = { conversation: direct, person: ben, marker: markerAt(1, 0, 0), readAt: null };
      expect(await store.commit({ appends: [conflicting, taken, good], markers: [marker] })).toEqual(['conflict', 'id_taken', 'ok']);
      expect((await store.loadLog(another))?.head.seq).toBe(2);
      expect(await store.loadLog(third)).toBeNull();
      expect(await store.loadMarker(direct, ben)).toEqual(markerAt(1, 0, 0));
    });

    test('[STORE-4] (device, n) stands once in the whole store, and is found', async () => {
      await using store = await open(people);
      const state = await committed(store, appendOf(emptyLog(direct), [creation(1), says(2)]));
      expect(await store.commit({ appends: [appendOf(state, [says(2, 'other')])], markers: [] })).toEqual(['id_taken']);
      expect(await store.commit({ appends: [appendOf(state, [says(9), says(9)])], markers: [] })).toEqual(['id_taken']);
      expect(await store.loadLog(direct)).toEqual(state);
      const found = await store.findOperation(adasPhone, 2 as OperationNumber);
      expect([found?.conversation, found?.mark.seq]).toEqual([direct, 2]);
      expect(await store.findOperation(bensDesk, 2 as OperationNumber)).toBeNull();
      expect(await store.loadHighestOperationNumber(adasPhone)).toBe(2);
      expect(await store.loadHighestOperationNumber(bensDesk)).toBe(0);
    });

    test('[STORE-5] a range is half open and in order, wherever it lies', async () => {
      await using store = await open(people);
      await committed(store, appendOf(emptyLog(direct), [creation(1), ...Array.from({ length: 60 }, (_, index) => says(index + 2))]));
      const seqs = async (fromSeq: number, untilSeq: number) =>
        (await store.loadRange(direct, { fromSeq: fromSeq as Seq, untilSeq: untilSeq as Seq })).map((entry) => entry.seq);
      expect(await seqs(10, 14)).toEqual([10, 11, 12, 13]);
      expect(await seqs(59, 90)).toEqual([59, 60, 61]);
      expect(await seqs(62, 90)).toEqual([]);
      expect((await store.loadMarks(direct, { fromSeq: 58 as Seq, untilSeq: 61 as Seq })).map((mark) => mark.seq)).toEqual([58, 59, 60]);
    });
  });

  describe('log store: members and markers', () => {
    test('[STORE-6] members come and go by entries, and a new stay starts with nothing unread', async () => {
      await using store = await open(people);
      let state = await committed(
        store,
        appendOf(emptyLog(another), [
          {
            ...creation(1),
            body: {
              type: 'group',
              title: 'Tea',
              members: [
                { person: ada, role: 'owner' },
                { person: ben, role: 'member' },
              ],
            },
          },
          says(2),
          says(3),
        ]),
      );
      state = await committed(store, appendOf(state, [{ kind: 'add', n: 4, body: { person: cleo, role: 'member' } }, says(5)]));
      state = await committed(store, appendOf(state, [{ kind: 'remove', n: 6, body: { person: ben } }, says(7)]));
      expect(await store.loadLog(another)).toEqual(state);
      const [cleos] = await store.loadRecent(cleo, { before: null, limit: 5 });
      expect([cleos?.fromSeq, cleos?.marker.readSeq, cleos?.marker.readOrd, cleos?.ord, cleos?.memberCount]).toEqual([4, 4, 2, 4, 2]);
      const [bens] = await store.loadRecent(ben, { before: null, limit: 5 });
      expect([bens?.untilSeq, bens?.head.seq, bens?.ord, bens?.last?.seq]).toEqual([7, 6, 3, 5]);
      expect([bens?.memberCount, bens?.otherMarkers]).toEqual([2, []]);
      const [adas] = await store.loadRecent(ada, { before: null, limit: 5 });
      expect([adas?.title, adas?.sentMine, adas?.otherMarkers.map((other) => other.person)]).toEqual(['Tea', 4, [cleo]]);
      // Who comes, goes and reads after somebody was taken out is not told to them.
      await committed(store, appendOf(state, [{ kind: 'remove', n: 8, body: { person: cleo } }]));
      await store.commit({ appends: [], markers: [{ conversation: another, person: ada, marker: markerAt(8, 4, 4), readAt: null }] });
      expect((await store.loadRows(ben, [another])).map((row) => [row.memberCount, row.otherMarkers])).toEqual([[2, []]]);
      expect(await store.loadDigestRows(ben, 5)).toMatchObject([{ head: { seq: 6 }, toldSum: 0, receivedSum: 0 }]);
    });

    test('[STORE-6] whoever comes back and speaks in the same append has read what they said before, and not what they say then', async () => {
      await using store = await open(people);
      const bens = { author: ben, device: bensDesk };
      const role = 'member' as const;
      const group = { type: 'group' as const, title: 'Tea', members: [ada, ben].map((person) => ({ person, role })) };
      let state = await committed(store, appendOf(emptyLog(another), [{ ...creation(1), body: group }, says(1, 'before', bens)]));
      state = await committed(store, appendOf(state, [{ kind: 'remove', n: 2, body: { person: ben } }]));
      const back: Line = { kind: 'add', n: 3, body: { person: ben, role } };
      await committed(store, appendOf(state, [back, says(2, 'again', bens), says(4, 'welcome')]));
      const [row] = await store.loadRecent(ben, { before: null, limit: 5 });
      expect([row?.marker.readSeq, row?.marker.readOrd, row?.marker.readMine]).toEqual([4, 1, 1]);
      expect([row?.ord, row?.sentMine]).toEqual([3, 2]);
    });

    test('[STORE-6] what a group is, who leads it and what newcomers see is kept, and whoever left knows it as it was then', async () => {
      await using store = await open(people);
      const role = 'member' as const;
      const members = [
        { person: ada, role: 'owner' },
        { person: ben, role },
      ];
      let state = await committed(
        store,
        appendOf(emptyLog(another), [{ ...creation(1), body: { type: 'group', title: 'Tea', members } }, says(2)]),
      );
      const led: Line[] = [
        { kind: 'rules', n: 3, body: { newcomersSee: 'all', permissions: { write: 'admin' } } },
        { kind: 'add', n: 4, body: { person: cleo, role } },
        { kind: 'role', n: 5, body: { person: cleo, role: 'admin' } },
        { kind: 'describe', n: 6, body: { about: 'At five', hue: 30 } },
        { kind: 'remove', n: 7, body: { person: ben, ban: true } },
        { kind: 'describe', n: 8, body: { title: 'Coffee' } },
      ];
      state = await committed(store, appendOf(state, led));
      expect(await store.loadLog(another)).toEqual(state);
      const [cleos] = await store.loadRows(cleo, [another]);
      expect([cleos?.fromSeq, cleos?.marker.readSeq, cleos?.title, cleos?.group]).toMatchObject([
        1,
        4,
        'Coffee',
        { about: 'At five', hue: 30, role: 'admin', newcomersSee: 'all', permissions: { write: 'admin', add: 'member' } },
      ]);
      expect(await store.loadRows(ben, [another])).toMatchObject([{ title: 'Tea', group: { about: 'At five', hue: 30, role: null } }]);
      // One after the other in appends of their own, as well as all at once.
      const after: Line[] = [
        { kind: 'pardon', n: 9, body: { person: ben } },
        { kind: 'rules', n: 10, body: { newcomersSee: 'joining' } },
        { kind: 'add', n: 11, body: { person: ben, role } },
        { kind: 'role', n: 12, body: { person: ben, role: 'owner' } },
        { kind: 'role', n: 13, body: { person: ada, role: 'member' } },
        { kind: 'remove', n: 14, author: ben, device: bensDesk, body: { person: ben } },
      ];
      for (const line of after) state = await committed(store, appendOf(state, [line]));
      expect(await store.loadLog(another)).toEqual(state);
      const [bens] = await store.loadRows(ben, [another]);
      expect([bens?.fromSeq, bens?.untilSeq, bens?.title]).toEqual([11, 15, 'Coffee']);
      // Who came later, and sees all, was not there when ben was taken out the first time.
      expect(bens?.memberCount).toBe(2);
      expect((await store.loadRows(ada, [another])).map(({ group }) => group?.role)).toEqual(['member']);
    });

    test('[STORE-7] a marker keeps the greater, whichever came first, and remembers when it moved', async () => {
      for (const order of [
        [2, 3],
        [3, 2],
        [3, 3],
      ]) {
        await using store = await open(people);
        await committed(store, appendOf(emptyLog(direct), [creation(1), says(2), says(3)]));
        for (const seq of order) {
          await store.commit({
            appends: [],
            markers: [{ conversation: direct, person: ben, marker: markerAt(seq, seq - 1, 0), readAt: (100 + seq) as WallMs }],
          });
        }
        expect(await store.loadMarker(direct, ben)).toEqual(markerAt(3, 2, 0));
        expect(await store.loadMarker(direct, ada)).toSatisfy((marker: Marker | null) => marker === null || marker.readSeq === 0);
        const steps = (await store.loadMarkerSteps(direct, ben)).map((step) => step.readSeq);
        expect(steps).toEqual(order[0] === 2 ? [3, 2] : [3]);
      }
    });

    test('[STORE-8] counts at a seq are what a recount of the log gives', async () => {
      await using store = await open(people);
      const authors = [ada, ben, ada, ada, ben, ada];
      await committed(
        store,
        appendOf(emptyLog(direct), [creation(1), ...authors.map((author, index) => says(index + 2, 'x', { author }))]),
      );
      for (const readUpTo of [0, 3, 7]) {
        if (readUpTo > 0) {
          const counts = await store.loadCountsAt(direct, ada, readUpTo as Seq);
          await store.commit({
            appends: [],
            markers: [{ conversation: direct, person: ada, marker: markerAt(readUpTo, counts.ord, counts.mine), readAt: null }],
          });
        }
        for (let seq = 1; seq <= 7; seq++) {
          const until = authors.slice(0, seq - 1);
          expect(await store.loadCountsAt(direct, ada, seq as Seq)).toEqual({
            ord: until.length,
            mine: until.filter((author) => author === ada).length,
          });
        }
      }
    });

    test('[STORE-9] old marker steps are forgotten, and only they', async () => {
      await using store = await open(people);
      await committed(store, appendOf(emptyLog(direct), [creation(1), says(2), says(3), says(4)]));
      for (const seq of [2, 3, 4]) {
        await store.commit({
          appends: [],
          markers: [{ conversation: direct, person: ben, marker: markerAt(seq, seq - 1, 0), readAt: (seq * 100) as WallMs }],
        });
      }
      expect(await store.forgetMarkerSteps({ before: 400 as WallMs, countMax: 1 })).toBe(1);
      expect(await store.loadMarkerSteps(direct, ben)).toEqual([
        { readSeq: 4, at: 400 },
        { readSeq: 3, at: 300 },
      ]);
      expect(await store.forgetMarkerSteps({ before: 400 as WallMs, countMax: 10 })).toBe(1);
      expect(await store.loadMarkerSteps(direct, ben)).toEqual([{ readSeq: 4, at: 400 }]);
    });
  });

  describe('log store: lists', () => {
    test('[STORE-10] conversations come by their last message, newest first, in pages without a gap', async () => {
      await using store = await open(people);
      const ids = Array.from({ length: 7 }, () => nodeEnvironment.id() as ConversationId);
      for (const [index, id] of ids.entries()) {
        await committed(
          store,
          appendOf(emptyLog(id), [creation(index * 10 + 1, people), says(index * 10 + 2, `in ${index}`, { ts: 5_000 + index })]),
        );
      }
      const expected = ids.toReversed();
      const first = await store.loadRecent(ada, { before: null, limit: 3 });
      const last = first.at(-1);
      const rest = await store.loadRecent(ada, {
        before: last ? { activity: last.activity, conversation: last.conversation } : null,
        limit: 10,
      });
      expect([...first, ...rest].map((row) => row.conversation)).toEqual(expected);
      expect(new Set((await store.loadDigestRows(ada, 4)).map((row) => row.conversation))).toEqual(new Set(expected.slice(0, 4)));
      expect((await store.loadRows(ada, [ids[2] as ConversationId, direct])).map((row) => row.conversation)).toEqual([ids[2]]);
      expect(await store.countConversations(ada)).toBe(7);
      expect(await store.countConversations(nodeEnvironment.id() as PersonId)).toBe(0);
    });

    test('a conversation is large by its stays, for those who are members of it now', async () => {
      await using store = await open(people);
      const [small, large] = [nodeEnvironment.id() as ConversationId, nodeEnvironment.id() as ConversationId];
      await committed(store, appendOf(emptyLog(small), [creation(1, [ada, ben])]));
      const removal: Line = { n: 3, kind: 'remove', body: { person: cleo } };
      await committed(store, appendOf(emptyLog(large), [creation(2, people), removal]));
      expect(await store.loadLargeConversations(ada, 2)).toEqual([large]);
      expect(await store.loadLargeConversations(ada, 3)).toEqual([]);
      expect(await store.loadLargeConversations(cleo, 2)).toEqual([]);
      expect(await store.loadLargeConversations(nodeEnvironment.id() as PersonId, 0)).toEqual([]);
    });

    test('[STORE-11] a direct row names the other, notes to oneself name oneself', async () => {
      await using store = await open(people);
      await committed(store, appendOf(emptyLog(direct), [creation(1), says(2)]));
      const notes = directConversationId(digest16, ada, ada);
      await committed(
        store,
        appendOf(emptyLog(notes), [{ kind: 'create', n: 3, body: { type: 'direct', members: [{ person: ada, role: 'member' }] } }]),
      );
      const rows = await store.loadRecent(ada, { before: null, limit: 5 });
      expect(rows.map((row) => [row.conversation, row.peer])).toEqual([
        [direct, ben],
        [notes, ada],
      ]);
    });
  });
}
