import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Chain, type ConversationId, idFromBytes, type Seq } from './ids.ts';
import { limits } from './limits.ts';
import { type DigestRow, digestGroupOf, syncDigestOf } from './sync-digest.ts';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const row = fc.record({
  conversation: bytes.map((id) => idFromBytes(id) as ConversationId),
  headSeq: fc.integer({ min: 1, max: 2 ** 31 }).map((seq) => seq as Seq),
  headChain: bytes.map((chain) => Buffer.from(chain).toString('base64url') as Chain),
  readSeq: fc.nat().map((seq) => seq as Seq),
  receiptsSum: fc.nat(),
});
const rows = fc.uniqueArray(row, { maxLength: 300, selector: ({ conversation }) => conversation });

describe('sync digest', () => {
  test('[SYNC-1] the order of the rows does not matter, and every sum is a whole number below 2^52', () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (held, order) => {
        const shuffled = held
          .map((one) => ({ one, place: order.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
        const digest = syncDigestOf(held);
        expect(syncDigestOf(shuffled)).toEqual(digest);
        expect(digest).toHaveLength(limits.digestGroupCount);
        for (const sum of digest) expect(Number.isSafeInteger(sum) && sum >= 0 && sum < 2 ** 52).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('[SYNC-1] any change of one row changes the sum of its own group, and of no other', () => {
    const changes: { [Field in Exclude<keyof DigestRow, 'conversation'>]: (row: DigestRow) => DigestRow } = {
      headSeq: (one) => ({ ...one, headSeq: (one.headSeq + 1) as Seq }),
      headChain: (one) => ({ ...one, headChain: `${one.headChain.startsWith('A') ? 'B' : 'A'}${one.headChain.slice(1)}` as Chain }),
      readSeq: (one) => ({ ...one, readSeq: (one.readSeq + 1) as Seq }),
      receiptsSum: (one) => ({ ...one, receiptsSum: one.receiptsSum + 1 }),
    };
    fc.assert(
      fc.property(rows, row, fc.constantFrom(...Object.values(changes), null), (others, one, change) => {
        const before = syncDigestOf([...others, one]);
        const after = syncDigestOf(change ? [...others, change(one)] : others);
        const differing = before.flatMap((sum, group) => (sum === after[group] ? [] : [group]));
        expect(differing).toEqual([digestGroupOf(one.conversation)]);
      }),
      { numRuns: 200 },
    );
  });

  test('[SYNC-1] two replicas have the same sum of a group exactly when they hold the same rows in it, in whatever order', () => {
    const chains = ['A', 'g'].map((last) => `${'x'.repeat(21)}${last}` as Chain);
    const inGroup = (group: number) => (id: ConversationId) => digestGroupOf(id) === group;
    const many = Array.from(
      { length: 1_000 },
      (_, index) => idFromBytes(new Uint8Array(16).fill(index & 255).fill(index >> 8, 8)) as ConversationId,
    );
    // Several of one group, so that a sum has to tell them apart.
    const ids = [1, 2].flatMap((group) => many.filter(inGroup(group)).slice(0, 4));
    expect(ids).toHaveLength(8);
    // So few that two states are often one, and rows of two conversations often alike but for their names.
    const small = fc.record<DigestRow>({
      conversation: fc.constantFrom(...ids),
      headSeq: fc.integer({ min: 1, max: 2 }) as fc.Arbitrary<never>,
      headChain: fc.constantFrom(...chains),
      readSeq: fc.nat(1) as fc.Arbitrary<never>,
      receiptsSum: fc.nat(1),
    });
    const state = fc.uniqueArray(small, { maxLength: 8, selector: ({ conversation }) => conversation });
    const another = (one: readonly DigestRow[]) =>
      fc.oneof(
        state,
        fc.shuffledSubarray([...one], { minLength: one.length }),
        fc.shuffledSubarray([...one]),
        // What one conversation has, another has instead.
        fc
          .shuffledSubarray([...one], { minLength: one.length })
          .map((rows) => rows.map((row, index) => ({ ...row, conversation: (one[index] ?? row).conversation }))),
      );
    const linesOf = (held: readonly DigestRow[], group: number) =>
      held
        .filter(({ conversation }) => digestGroupOf(conversation) === group)
        .map(
          ({ conversation, headSeq, headChain, readSeq, receiptsSum }) =>
            `${conversation} ${headSeq} ${headChain} ${readSeq} ${receiptsSum}`,
        )
        .sort();
    let sameCount = 0;
    let otherCount = 0;
    fc.assert(
      fc.property(
        state.chain((one) => fc.tuple(fc.constant(one), another(one))),
        ([one, other]) => {
          const [sums, others] = [syncDigestOf(one), syncDigestOf(other)];
          for (const [group, sum] of sums.entries()) {
            const isSame = JSON.stringify(linesOf(one, group)) === JSON.stringify(linesOf(other, group));
            expect(sum === others[group]).toBe(isSame);
          }
          if (sums.every((sum, group) => sum === others[group])) sameCount += 1;
          else otherCount += 1;
        },
      ),
      { numRuns: 300 },
    );
    expect(Math.min(sameCount, otherCount)).toBeGreaterThan(30);
  });

  test('[SYNC-1] conversations spread over the groups', () => {
    const counts = new Array<number>(limits.digestGroupCount).fill(0);
    for (let index = 0; index < 6_400; index++) {
      const id = new Uint8Array(16);
      new DataView(id.buffer).setUint32(12, index);
      const group = digestGroupOf(idFromBytes(id) as ConversationId);
      counts[group] = (counts[group] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(150);
  });
});
