import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageCount, Seq } from './ids.ts';
import { type CountsAt, decideMarker, type Marker, mergeMarkers, nothingRead, unreadCount } from './marker.ts';

const headSeq = 50;
/** In this log each even seq is a message, each fourth the reader's own. */
const countsAt = (seq: number): CountsAt => ({
  seq: seq as Seq,
  ord: Math.floor(seq / 2) as MessageCount,
  mine: Math.floor(seq / 4) as MessageCount,
});
const wish = fc.record({ readSeq: fc.nat(60), receivedSeq: fc.nat(60), told: fc.boolean() });
type Wish = { readonly readSeq: number; readonly receivedSeq: number; readonly told: boolean };

function decide(marker: Marker, { readSeq, receivedSeq, told }: Wish): Marker | null {
  const next = decideMarker(marker, headSeq as Seq, { readSeq: readSeq as Seq, receivedSeq: receivedSeq as Seq, told }, countsAt(readSeq));
  return 'refused' in next ? null : next;
}
const after = (wishes: readonly Wish[]): Marker => wishes.reduce((marker, one) => decide(marker, one) ?? marker, nothingRead);
const marker = fc.array(wish, { maxLength: 6 }).map(after);

describe('marker', () => {
  test('[MARK-1] no part of a marker ever moves back, and saying it again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 20 }), (wishes) => {
        let held = nothingRead;
        for (const one of wishes) {
          const next = decide(held, one) ?? held;
          for (const part of ['readSeq', 'readOrd', 'readMine', 'receivedSeq', 'toldSeq'] as const)
            expect(next[part]).toBeGreaterThanOrEqual(held[part]);
          if (!one.told) expect(decide(next, one) ?? next).toBe(next);
          expect(decide(next, one) ?? next).toEqual(next);
          held = next;
        }
      }),
    );
  });

  test('[MARK-2] beyond the head it is refused with both places', () => {
    fc.assert(
      fc.property(marker, wish, (held, one) => {
        const furthest = Math.max(one.readSeq, one.receivedSeq);
        if (furthest <= headSeq) {
          expect(decide(held, one)).not.toBeNull();
          return;
        }
        const wished = { readSeq: one.readSeq as Seq, receivedSeq: one.receivedSeq as Seq, told: one.told };
        expect(decideMarker(held, headSeq as Seq, wished, countsAt(one.readSeq))).toEqual({
          refused: 'marker_beyond_head',
          details: { uptoSeq: furthest, headSeq },
        });
      }),
    );
  });

  test('[MARK-3] what was read was received, and the counts are those at the place that was read', () => {
    fc.assert(
      fc.property(marker, (held) => {
        expect(held.receivedSeq).toBeGreaterThanOrEqual(held.readSeq);
        const { ord, mine } = countsAt(held.readSeq);
        expect([held.readOrd, held.readMine]).toEqual([ord, mine]);
      }),
    );
  });

  test('[MARK-4] unread is a subtraction, and nothing is unread at the head', () => {
    const read = after([{ readSeq: 10, receivedSeq: 0, told: true }]);
    expect(unreadCount(read, countsAt(50))).toBe(25 - 12 - (5 - 2));
    expect(unreadCount(after([{ readSeq: 50, receivedSeq: 0, told: true }]), countsAt(50))).toBe(0);
  });

  test('[MARK-5] what is read untold stays untold until a later read is told', () => {
    const untold = after([
      { readSeq: 10, receivedSeq: 0, told: true },
      { readSeq: 20, receivedSeq: 0, told: false },
    ]);
    expect(untold).toMatchObject({ readSeq: 20, toldSeq: 10 });
    expect(decide(untold, { readSeq: 20, receivedSeq: 0, told: true })).toBe(untold);
    expect(decide(untold, { readSeq: 21, receivedSeq: 0, told: true })).toMatchObject({ readSeq: 21, toldSeq: 21 });
    fc.assert(fc.property(marker, (held) => held.toldSeq <= held.readSeq));
  });

  test('[MARK-1] merging is commutative, associative and idempotent, and so is any order of arrival', () => {
    fc.assert(
      fc.property(marker, marker, marker, (one, other, third) => {
        expect(mergeMarkers(one, other)).toEqual(mergeMarkers(other, one));
        expect(mergeMarkers(mergeMarkers(one, other), third)).toEqual(mergeMarkers(one, mergeMarkers(other, third)));
        expect(mergeMarkers(one, one)).toEqual(one);
        expect(mergeMarkers(mergeMarkers(one, other), one)).toEqual(mergeMarkers(one, other));
        expect(mergeMarkers(nothingRead, one)).toEqual(one);
      }),
    );
  });
});
