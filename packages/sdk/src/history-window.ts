import type { Seq } from '@parlour/core/ids';
import type { HeldEntry } from './held-entry.ts';
import type { Tail } from './store.ts';

/** Entries in memory for one view; beyond this, those at the far end are let go and can be loaded again. */
const windowLengthMax = 1_000;
export const pageLength = 50;

/**
 * The piece of a log that one view shows: unbroken, oldest first. `following`: its end is the end of the log, and moves with it.
 * Values; each function gives a new one.
 */
export type HistoryWindow = { readonly entries: readonly HeldEntry[]; readonly following: boolean };

export const emptyWindow: HistoryWindow = { entries: [], following: true };

export function firstSeqOf({ entries }: HistoryWindow, tail: Tail): number {
  return entries[0]?.seq ?? tail.position.seq + 1;
}

export function lastSeqOf({ entries }: HistoryWindow, tail: Tail): number {
  return entries.at(-1)?.seq ?? tail.position.seq;
}

/** [SDK-72] Older entries go in front only where they touch. */
export function prepend(window: HistoryWindow, older: readonly HeldEntry[], tail: Tail): HistoryWindow {
  const last = older.at(-1);
  if (!last || last.seq + 1 !== firstSeqOf(window, tail)) return window;
  const entries = [...older, ...window.entries];
  if (entries.length <= windowLengthMax) return { ...window, entries };
  return { entries: entries.slice(0, windowLengthMax), following: false };
}

export function append(window: HistoryWindow, newer: readonly HeldEntry[], tail: Tail): HistoryWindow {
  const first = newer[0];
  if (!first || (window.entries.length > 0 && first.seq !== lastSeqOf(window, tail) + 1)) return window;
  const entries = [...window.entries, ...newer].slice(-windowLengthMax);
  return { entries, following: (entries.at(-1)?.seq ?? 0) >= tail.position.seq };
}

/**
 * [SDK-73] The window after the tail has changed: a following one takes what is new; one whose entries are not of this log any more, or that
 * the tail has left behind, begins anew at the end.
 * @param tailEntries the held entries of a range of the tail
 */
export function followTail(
  window: HistoryWindow,
  tail: Tail,
  tailEntries: (range: { fromSeq: number; untilSeq: number }) => readonly HeldEntry[],
): HistoryWindow {
  const last = window.entries.at(-1);
  const endSeq = tail.position.seq + 1;
  const fromEnd = () => ({ entries: tailEntries({ fromSeq: Math.max(1, endSeq - pageLength), untilSeq: endSeq }), following: true });
  if (!last) return window.following ? fromEnd() : window;
  if (isOtherLog(last, tail, tailEntries)) return fromEnd();
  if (!window.following || last.seq >= tail.position.seq) return window;
  if (last.seq < tail.before.seq) return fromEnd();
  const fresh = tailEntries({ fromSeq: last.seq + 1, untilSeq: endSeq });
  return fresh[0]?.seq === last.seq + 1 ? append(window, fresh, tail) : window;
}

/** The chain of an entry stands for all before it. */
function isOtherLog(
  last: HeldEntry,
  tail: Tail,
  tailEntries: (range: { fromSeq: number; untilSeq: number }) => readonly HeldEntry[],
): boolean {
  if (last.seq > tail.position.seq) return true;
  // A tail that begins anew holds no entry yet, but knows where it stands.
  const ends = [tail.before, tail.position].filter(({ seq }) => seq === last.seq);
  const held = tailEntries({ fromSeq: last.seq, untilSeq: (last.seq + 1) as Seq });
  return [...ends, ...held].some(({ chain }) => chain !== last.chain);
}
