import { genesis } from '@parlour/core/conversation-log/entry';
import type { Chain, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeldEntry } from './held-entry.ts';
import { append, emptyWindow, firstSeqOf, followTail, type HistoryWindow, lastSeqOf, prepend } from './history-window.ts';
import { positionOf } from './replica.ts';
import type { Tail } from './store.ts';
import { ItemMemory } from './timeline.ts';

const author = 'me' as PersonId;
const entryAt = (seq: number, history = 'a', ts = seq): HeldEntry => ({
  kind: 'message',
  seq: seq as Seq,
  author,
  device: 'd' as DeviceId,
  n: seq as OperationNumber,
  ord: seq as MessageCount,
  mine: seq as MessageCount,
  memberSeq: 1 as Seq,
  ts: ts as WallMs,
  chain: `${history}${seq}` as Chain,
  body: { text: `${seq}` },
});
const tailOf = (beforeSeq: number, lastSeq: number, history = 'a'): Tail => ({
  before: beforeSeq === 0 ? genesis : positionOf(entryAt(beforeSeq, history)),
  position: positionOf(entryAt(lastSeq, history)),
});
const entriesOf =
  (tail: Tail, history = 'a') =>
  ({ fromSeq, untilSeq }: { fromSeq: number; untilSeq: number }) => {
    const found: HeldEntry[] = [];
    for (let seq = Math.max(fromSeq, tail.before.seq + 1); seq < Math.min(untilSeq, tail.position.seq + 1); seq++)
      found.push(entryAt(seq, history));
    return found;
  };

describe('window', () => {
  test('[SDK-72] whatever is loaded, in whatever order, it is one unbroken run', () => {
    const step = fc.record({ what: fc.constantFrom('older', 'newer', 'grow', 'jump'), count: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let lastSeq = 2_000;
        let tail = tailOf(1_700, lastSeq);
        let window: HistoryWindow = followTail(emptyWindow, tail, entriesOf(tail));
        for (const { what, count } of steps) {
          const first = firstSeqOf(window, tail);
          const last = lastSeqOf(window, tail);
          if (what === 'older') window = prepend(window, range(Math.max(1, first - count), first), tail);
          if (what === 'newer') window = append(window, range(last + 1, Math.min(last + 1 + count, lastSeq + 1)), tail);
          if (what === 'jump') window = { entries: range(count, count + 50), following: false };
          if (what === 'grow') {
            lastSeq += count;
            tail = tailOf(lastSeq - 300, lastSeq);
          }
          window = followTail(window, tail, entriesOf(tail));
          const seqs = window.entries.map(({ seq }) => Number(seq));
          expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
          expect(seqs.length).toBeLessThanOrEqual(1_000);
          if (window.following) expect(seqs.at(-1)).toBe(lastSeq);
        }
      }),
    );
  });

  test('[SDK-73] so does one where the log in its place is as long, and nothing of that is held yet', () => {
    const window: HistoryWindow = { entries: [10, 11, 12].map((seq) => entryAt(seq, 'a')), following: true };
    const tail = tailOf(12, 12, 'b');
    expect(followTail(window, tail, entriesOf(tail, 'b'))).toEqual({ entries: [], following: true });
    const same = tailOf(12, 12, 'a');
    expect(followTail(window, same, entriesOf(same))).toBe(window);
  });

  test('[SDK-73] a window of a log that the server lost begins anew', () => {
    const window: HistoryWindow = { entries: range(80, 101), following: true };
    const tail = tailOf(60, 103, 'b');
    const next = followTail(window, tail, entriesOf(tail, 'b'));
    expect(next.entries.map(({ chain }) => chain)).toEqual(
      range(61, 104, 'b')
        .map(({ chain }) => chain)
        .slice(-50),
    );
  });

  test('[SDK-71] no item is shown earlier than the one before it, and an unchanged item stays the same object', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 30 }), (times) => {
        const entries = times.map((ts, index) => entryAt(index + 1, 'a', ts));
        const memory = new ItemMemory();
        const first = memory.present(entries, author, () => 'sent');
        for (const [index, { at }] of first.entries()) expect(at).toBeGreaterThanOrEqual(first[index - 1]?.at ?? 0);
        const again = memory.present(entries, author, ({ seq }) => (seq === times.length ? 'read' : 'sent'));
        expect(again.slice(0, -1).every((item, index) => item === first[index])).toBe(true);
        expect(again.at(-1)).not.toBe(first.at(-1));
      }),
    );
  });
});

function range(fromSeq: number, untilSeq: number, history = 'a'): HeldEntry[] {
  return Array.from({ length: Math.max(0, untilSeq - fromSeq) }, (_, index) => entryAt(fromSeq + index, history));
}
