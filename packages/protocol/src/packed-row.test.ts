import { type GroupAct, groupActs, type Role } from '@parlour/core/conversation-log/permissions';
import type { Chain, ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { idFromBytes } from '@parlour/core/ids';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packedRow, packRow, type UnpackedRow, unpackRow } from './packed-row.ts';

const id = <Id extends string>() => fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => idFromBytes(bytes) as Id);
const number = <Value extends number>(min = 0) => fc.integer({ min, max: 2 ** 40 }).map((value) => value as Value);
const chain = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url') as Chain);
const person = fc.record(
  { id: id<PersonId>(), handle: fc.string(), displayName: fc.string(), about: fc.string(), placeholder: fc.constant(true as const) },
  { requiredKeys: ['id', 'handle', 'displayName', 'about'] },
);

const role = fc.constantFrom<Role>('owner', 'admin', 'member');
const permissions = Object.fromEntries(groupActs.map((act) => [act, role])) as Record<GroupAct, typeof role>;

/** A row whose author and receipts are as often the peer's as somebody else's. */
const row: fc.Arbitrary<UnpackedRow> = fc.option(person, { nil: undefined }).chain((peer) => {
  const someone = peer ? fc.oneof(fc.constant(peer.id), id<PersonId>()) : id<PersonId>();
  const receipt = fc.record(
    { person: someone, readSeq: number<Seq>(), readAt: number<WallMs>(1), receivedSeq: number<Seq>() },
    { requiredKeys: ['person', 'readSeq', 'receivedSeq'] },
  );
  const all = {
    conversation: id<ConversationId>(),
    type: fc.constantFrom('direct' as const, 'group' as const),
    title: fc.string(),
    head: fc.record({ seq: number<Seq>(), chain }),
    firstSeq: number<Seq>(1),
    ord: number<MessageCount>(),
    mine: number<MessageCount>(),
    activity: number<WallMs>(),
    readSeq: number<Seq>(),
    readOrd: number<MessageCount>(),
    readMine: number<MessageCount>(),
    receivedSeq: number<Seq>(),
    last: fc.record({ seq: number<Seq>(1), author: someone, ts: number<WallMs>(), text: fc.string() }),
    receipts: fc.array(receipt, { maxLength: 4 }),
    memberCount: number<number>(1),
    group: fc.record({
      role: fc.constantFrom('owner' as const, 'admin' as const, 'member' as const, null),
      about: fc.string(),
      hue: fc.option(fc.nat(359)),
      permissions: fc.record(permissions),
      newcomersSee: fc.constantFrom('joining' as const, 'all' as const),
    }),
  };
  const { title: _title, last: _last, group: _group, ...required } = all;
  return fc
    .record(all, { requiredKeys: Object.keys(required) as (keyof typeof required)[] })
    .map((made): UnpackedRow => (peer ? { ...made, peer } : made));
});

test('[ROW-1] a row that is packed, sent and unpacked is the row it was', () => {
  fc.assert(
    fc.property(row, (one) => {
      const sent: unknown = JSON.parse(JSON.stringify(packRow(one)));
      expect(unpackRow(packedRow.parse(sent))).toEqual(one);
    }),
  );
});

test('[ROW-1] elements behind those that are known are passed over', () => {
  fc.assert(
    fc.property(row, fc.array(fc.jsonValue(), { minLength: 1, maxLength: 3 }), (one, later) => {
      expect(unpackRow(packedRow.parse([...packRow(one), ...later]))).toEqual(one);
    }),
  );
});

test('[ROW-1] a row that names again a peer it never named is not a row', () => {
  fc.assert(
    fc.property(row, (one) => {
      const { peer: _peer, ...rest } = one;
      const packed = [...packRow(rest)];
      packed[14] = [1, 0, 0, ''];
      expect(packedRow.safeParse(packed).success).toBe(false);
      packed[14] = null;
      packed[15] = [[0, 0, 0, 0]];
      expect(packedRow.safeParse(packed).success).toBe(false);
    }),
    { numRuns: 10 },
  );
});
