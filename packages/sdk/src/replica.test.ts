import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import { usualPermissions } from '@parlour/core/conversation-log/permissions';
import type { Chain, ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeldEntry } from './held-entry.ts';
import { advanceRow, applyRun, commonPosition, decideRun, lostOperations, mergeRow, positionOf } from './replica.ts';
import type { HeldRow, OutboxItem, Tail } from './store.ts';

const conversation = '0123456789abcdefghjkmnpqrs' as ConversationId;
const me = 'me' as PersonId;
const device = 'device' as DeviceId;

function logOf(length: number, history = 'a'): HeldEntry[] {
  return Array.from({ length }, (_, index): HeldEntry => {
    const own = index % 3 === 0;
    return {
      kind: 'message',
      seq: (index + 1) as Seq,
      author: own ? me : ('other' as PersonId),
      device: own ? device : ('other device' as DeviceId),
      n: (index + 1) as OperationNumber,
      ord: (index + 1) as MessageCount,
      mine: (own ? Math.floor(index / 3) + 1 : index - Math.floor(index / 3)) as MessageCount,
      memberSeq: 1 as Seq,
      ts: (1_000 + index) as WallMs,
      chain: `${history}${index + 1}` as Chain,
      body: { text: `${index + 1}` },
    };
  });
}

const before = (log: readonly HeldEntry[], seq: number): Position => {
  const entry = log[seq - 2];
  return entry ? positionOf(entry) : genesis;
};

const emptyRow: HeldRow = {
  conversation,
  type: 'direct',
  head: genesis,
  firstSeq: 1 as Seq,
  ord: 0 as MessageCount,
  mine: 0 as MessageCount,
  activity: 0 as WallMs,
  readSeq: 0 as Seq,
  readOrd: 0 as MessageCount,
  readMine: 0 as MessageCount,
  receivedSeq: 0 as Seq,
  receipts: [],
  memberCount: 2,
  wish: null,
};

describe('replica', () => {
  test('[SDK-10] any order, overlap and repetition of pushed and pulled runs ends in the log', () => {
    const log = logOf(30);
    const slice = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 10 }));
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 40 }), (runs) => {
        const held: HeldEntry[] = [];
        const take = (fromSeq: number, length: number) => {
          const run = { previous: before(log, fromSeq), entries: log.slice(fromSeq - 1, fromSeq - 1 + length) };
          const position = held.at(-1) ? positionOf(held.at(-1) as HeldEntry) : genesis;
          const decided = decideRun(position, run, (seq) => held[seq - 1]?.chain ?? null);
          expect(decided.decision).not.toBe('diverged');
          if (decided.decision === 'gap') expect(fromSeq).toBeGreaterThan(position.seq + 1);
          if (decided.decision === 'apply') held.push(...decided.fresh);
          expect(held).toEqual(log.slice(0, held.length));
        };
        for (const [fromSeq, length] of runs) take(fromSeq, length);
        // What is missing is pulled from the place that is held.
        for (; held.length < log.length; ) take(held.length + 1, 7);
        expect(held).toEqual(log);
      }),
    );
  });

  test('[SDK-10] a run of another log is never taken, wherever it parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (commonLength, fromSeq) => {
        const log = logOf(20);
        const other = [...log.slice(0, commonLength), ...logOf(25, 'b').slice(commonLength)];
        const run = { previous: before(other, fromSeq), entries: other.slice(fromSeq - 1) };
        const decided = decideRun(positionOf(log[19] as HeldEntry), run, (seq) => log[seq - 1]?.chain ?? null);
        expect(decided.decision).toBe(commonLength < 20 ? 'diverged' : 'apply');
      }),
    );
  });

  test('[SDK-11] a pending message leaves with its entry, and no other does', () => {
    const log = logOf(4);
    const pending = [1, 4, 5].map(
      (n): OutboxItem => ({
        conversation,
        device,
        n: n as OperationNumber,
        text: `${n}`,
        after: genesis,
        at: 0 as WallMs,
        error: null,
        again: false,
        heir: null,
      }),
    );
    const tail: Tail = { before: genesis, position: genesis };
    const gone = applyRun({ row: emptyRow, tail, pending, me }, log.slice(0, 3)).filter(({ space }) => space === 'outbox');
    expect(gone.map(({ key, value }) => [key.split(' ')[1], value])).toEqual([['0000000000000001', null]]);
  });

  test('[SDK-12] the row after runs is the row the server would say, however they were cut', () => {
    const log = logOf(30);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 29 }), { maxLength: 8 }), (cuts) => {
        let row = emptyRow;
        let tail: Tail = { before: genesis, position: genesis };
        const edges = [0, ...cuts.toSorted((one, other) => one - other), 30];
        for (const [index, edge] of edges.slice(1).entries()) {
          for (const change of applyRun({ row, tail, pending: [], me }, log.slice(edges[index], edge))) {
            if (change.space === 'rows' && change.value) row = change.value;
            if (change.space === 'tails' && change.value) tail = change.value;
          }
        }
        expect(row).toMatchObject({ head: { seq: 30 }, ord: 30, mine: 10, activity: 1_029, last: { seq: 30, text: '30' } });
        expect(tail.position).toEqual({ seq: 30, chain: 'a30' });
      }),
    );
  });

  test('[SDK-12] whoever came is waited for by the ticks from the entry on that brought them, and whoever went is not', () => {
    const [ben, cyd] = ['ben', 'cyd'] as PersonId[];
    const moves = (seq: number, kind: 'add' | 'remove', person: PersonId | undefined): HeldEntry =>
      ({ ...logOf(9)[seq - 1], kind, body: { person, role: 'member' } }) as unknown as HeldEntry;
    const alone: HeldRow = { ...emptyRow, memberCount: 1, receipts: [] };
    const withBen = advanceRow(alone, [moves(1, 'add', ben)], me);
    expect(withBen).toMatchObject({ memberCount: 2, receipts: [{ person: ben, readSeq: 0, receivedSeq: 0 }] });
    const withBoth = advanceRow(withBen, [moves(2, 'add', cyd)], me);
    expect(withBoth.receipts.map(({ person }) => person)).toEqual([ben, cyd]);
    expect(advanceRow(withBoth, [moves(3, 'remove', ben)], me)).toMatchObject({ memberCount: 2, receipts: [{ person: cyd }] });
    // Who is taken out keeps what was known of all, and of some alone would see too much.
    expect(advanceRow(withBoth, [moves(3, 'remove', me)], me).receipts).toHaveLength(2);
    expect(advanceRow({ ...withBen, memberCount: 3 }, [moves(2, 'remove', me)], me).receipts).toEqual([]);
    const crowd = { ...withBoth, memberCount: limits.receiptMembersMax };
    expect(advanceRow(crowd, [moves(3, 'add', 'dov' as PersonId)], me).receipts).toEqual([]);
  });

  test('[SDK-12] a row is unsure from an entry on that does not tell all, until an answer that knows of it', () => {
    const { row, tail } = { row: emptyRow, tail: { before: genesis, position: genesis } };
    const [first] = logOf(1);
    if (!first) throw new Error('one entry was made');
    const body = { person: me, role: 'member' as const };
    const joined = { ...first, kind: 'add' as const, ord: 0 as MessageCount, body };
    const rowAfter = (entry: HeldEntry): HeldRow | undefined =>
      applyRun({ row, tail, pending: [], me }, [entry]).find((change) => change.space === 'rows')?.value as HeldRow;
    expect(rowAfter(first)?.isUnsure).toBeUndefined();
    const unsure = rowAfter(joined);
    expect(unsure?.isUnsure).toBe(true);
    const { wish: _, ...fresh } = emptyRow;
    expect(mergeRow(unsure, fresh).isUnsure).toBe(true);
    expect(mergeRow(unsure, { ...fresh, head: positionOf(first) }).isUnsure).toBeUndefined();
  });

  test('[SDK-12] [GRP-1] what is done to a group is in its row at once, as far as it is about the group or oneself', () => {
    const permissions = { ...usualPermissions };
    const group = { role: 'member' as const, about: '', hue: null, permissions, newcomersSee: 'joining' as const };
    const row: HeldRow = { ...emptyRow, type: 'group', title: 'Pier', group };
    const does = (seq: number, kind: HeldEntry['kind'], body: object): HeldEntry =>
      ({ ...logOf(9)[seq - 1], kind, body }) as unknown as HeldEntry;
    const led = advanceRow(
      row,
      [
        does(1, 'describe', { title: 'Beach', hue: 40 }),
        does(2, 'describe', { about: 'By the sea' }),
        does(3, 'rules', { permissions: { write: 'admin' } }),
        does(4, 'rules', { newcomersSee: 'all' }),
        does(5, 'role', { person: 'ben', role: 'owner' }),
        does(6, 'role', { person: me, role: 'admin' }),
      ],
      me,
    );
    expect(led.title).toBe('Beach');
    expect(led.group).toEqual({
      role: 'admin',
      about: 'By the sea',
      hue: 40,
      permissions: { ...permissions, write: 'admin' },
      newcomersSee: 'all',
    });
    expect(advanceRow(led, [does(7, 'remove', { person: me })], me).group?.role).toBeNull();
    // An answer that knows less of the log has an older name.
    const { wish: _, ...old } = row;
    expect(mergeRow(led, old)).toMatchObject({ title: 'Beach', group: { role: 'admin' } });
  });

  test('[SDK-12] whoever is banned may not have been there: the row is looked up', () => {
    const bans = { ...logOf(1)[0], kind: 'remove', body: { person: 'ben', ban: true } } as unknown as HeldEntry;
    const [row, tail] = [
      { ...emptyRow, memberCount: 500 },
      { before: genesis, position: genesis },
    ];
    const after = applyRun({ row, tail, pending: [], me }, [bans]).find(({ space }) => space === 'rows')?.value as HeldRow;
    expect(after.isUnsure).toBe(true);
  });

  test('[SDK-12] an answer that a push overtook takes nothing back', () => {
    const held: HeldRow = { ...emptyRow, head: { seq: 9 as Seq, chain: 'a9' as Chain }, ord: 9 as MessageCount, readSeq: 7 as Seq };
    const { wish: _none, ...old } = { ...emptyRow, head: { seq: 8 as Seq, chain: 'a8' as Chain }, readSeq: 6 as Seq };
    expect(mergeRow(held, old)).toMatchObject({ head: { seq: 9 }, ord: 9, readSeq: 6, wish: { readSeq: 7 } });
    expect(mergeRow({ ...held, wish: null }, { ...old, readSeq: 8 as Seq })).toMatchObject({ readSeq: 8, wish: null });
  });

  test('[SDK-12] an answer that knows less of the log than what was read takes that back only where it was asked for last', () => {
    const [read, head] = [
      { readSeq: 9 as Seq, readOrd: 8 as MessageCount, readMine: 2 as MessageCount },
      { seq: 7 as Seq, chain: 'a7' as Chain },
    ];
    const { wish: _none, ...old } = { ...emptyRow, head, readSeq: 3 as Seq };
    const held: HeldRow = { ...emptyRow, ...read, isUnsure: true };
    expect(mergeRow(held, old)).toMatchObject({ head, readSeq: 3, wish: read, isUnsure: true });
    expect(mergeRow(held, old, true)).toMatchObject({ head, readSeq: 3, wish: null });
    expect(mergeRow(held, old, true).isUnsure).toBeUndefined();
    const { wish: _wish, ...newer } = { ...emptyRow, ...read, head: { seq: 9 as Seq, chain: 'a9' as Chain } };
    expect(mergeRow(mergeRow(held, old), newer, true)).toEqual({ ...newer, wish: null });
  });

  test('[SDK-13] two logs part after the last entry that both have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 20 }), fc.integer({ min: 0, max: 25 }), (commonLength, serverLength) => {
        const log = logOf(20);
        const server = [...log.slice(0, commonLength), ...logOf(25, 'b').slice(commonLength)].slice(0, serverLength);
        const tail: Tail = { before: positionOf(log[3] as HeldEntry), position: positionOf(log[19] as HeldEntry) };
        const run = { previous: before(server, 4), entries: server.slice(3, 20) };
        const common = commonPosition({ tail, entries: log.slice(4) }, run);
        const expected = Math.min(commonLength, serverLength, 20);
        if (expected >= 4) expect(common?.seq).toBe(expected);
        else expect(common).toBeNull();
      }),
    );
  });

  test('[SDK-14] of what the server lost, only own messages of this device go again, under their own numbers', () => {
    const after = { seq: 2 as Seq, chain: 'a2' as Chain };
    const again = lostOperations(logOf(10).slice(2), { conversation, device, after, at: 5 as WallMs });
    expect(again.map(({ n, text, after: from, again: isAgain }) => [n, text, from.seq, isAgain])).toEqual([
      [4, '4', 2, true],
      [7, '7', 2, true],
      [10, '10', 2, true],
    ]);
  });
});
