import { genesis } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeldEntry } from './held-entry.ts';
import type { HeldRow } from './store.ts';
import { parseUnreadFrom, placeBefore, readSeqOf, unreadOf } from './unread-from.ts';

const self = 'me' as PersonId;

/** A log of which each element says whether it is one's own message, one of somebody else, or none. */
function logOf(kinds: readonly ('own' | 'other' | 'none')[]): HeldEntry[] {
  const counts = { own: 0, other: 0, none: 0 };
  return kinds.map((kind, index) => {
    counts[kind] += 1;
    return {
      kind: kind === 'none' ? 'notice' : 'message',
      seq: index + 1,
      author: kind === 'own' ? self : 'other',
      ord: counts.own + counts.other,
      mine: kind === 'own' ? counts.own : counts.other,
      chain: `${index}`,
    } as unknown as HeldEntry;
  });
}

function rowAtEndOf(log: readonly HeldEntry[], changes: Partial<HeldRow> = {}): HeldRow {
  const own = log.filter((entry) => entry.kind === 'message' && entry.author === self).length;
  const ord = log.at(-1)?.ord ?? (0 as MessageCount);
  return {
    conversation: 'c' as ConversationId,
    type: 'direct',
    head: { ...genesis, seq: log.length as Seq, chain: 'x' as Chain },
    firstSeq: 1 as Seq,
    ord,
    mine: own as MessageCount,
    activity: 0 as WallMs,
    readSeq: log.length as Seq,
    readOrd: ord,
    readMine: own as MessageCount,
    receivedSeq: 0 as Seq,
    receipts: [],
    memberCount: 2,
    wish: null,
    ...changes,
  };
}

const kinds = fc.array(fc.constantFrom('own', 'other', 'none'), { minLength: 1, maxLength: 40 });

test('[SDK-75] marked unread from any entry, whatever window it is seen in, as much is unread as a recount says', () => {
  fc.assert(
    fc.property(kinds, fc.nat(), fc.nat(), fc.nat(), (what, from, length, at) => {
      const log = logOf(what);
      const row = rowAtEndOf(log);
      const first = from % log.length;
      const window = log.slice(first, first + 1 + (length % log.length));
      const { seq } = window[at % window.length] as HeldEntry;
      const place = placeBefore(window, { seq, row, self });
      // Only a window within the log that holds none of one's own cannot tell.
      if (place === null) {
        expect(window.some((entry) => entry.kind === 'message' && entry.author === self)).toBe(false);
        return;
      }
      const recount = log.filter((entry) => entry.seq >= seq && entry.kind === 'message' && entry.author !== self).length;
      expect(unreadOf(row, place)).toBe(recount);
      expect(readSeqOf(row, place)).toBe(seq - 1);
    }),
  );
});

test('[SDK-75] what came after the place counts too, and the marker where it is further back', () => {
  const log = logOf(['other', 'other', 'own', 'other']);
  const place = placeBefore(log, { seq: 4, row: rowAtEndOf(log), self });
  const grown = rowAtEndOf(logOf(['other', 'other', 'own', 'other', 'other']));
  expect(unreadOf(grown, place)).toBe(2);
  const nothing = { readSeq: 0 as Seq, readOrd: 0 as MessageCount, readMine: 0 as MessageCount };
  expect(unreadOf(rowAtEndOf(log, nothing), place)).toBe(3);
  expect(readSeqOf(rowAtEndOf(log, nothing), place)).toBe(0);
});

test.each([
  null,
  '',
  '{',
  'null',
  '7',
  '{"seq":1}',
  '{"seq":0,"ord":0,"mine":0}',
  '{"seq":5,"ord":9,"mine":0}',
  '{"seq":5,"ord":2,"mine":3}',
  '{"seq":"5","ord":2,"mine":1}',
])('a register that holds %s marks nothing', (value) => {
  expect(parseUnreadFrom(value)).toBeNull();
});
