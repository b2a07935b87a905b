import { type Refusal, refuse } from './errors.ts';
import type { MessageCount, Seq, WallMs } from './ids.ts';

/** How far one person has come in one conversation, with the counts at that point, so that unread is a subtraction. */
export type Marker = {
  /** The last entry read; 0 before any. */
  readonly readSeq: Seq;
  /** Messages up to and including `readSeq`. */
  readonly readOrd: MessageCount;
  /** Of those, the reader's own. */
  readonly readMine: MessageCount;
  /** The last entry that reached one of the person's devices. */
  readonly receivedSeq: Seq;
  /** What others are told as read: `readSeq` as of the last time it moved while the person told it. */
  readonly toldSeq: Seq;
};

export const nothingRead: Marker = {
  readSeq: 0 as Seq,
  readOrd: 0 as MessageCount,
  readMine: 0 as MessageCount,
  receivedSeq: 0 as Seq,
  toldSeq: 0 as Seq,
};

/** What the log knows at one seq, from one reader's side. */
export type CountsAt = { readonly seq: Seq; readonly ord: MessageCount; readonly mine: MessageCount };

/** What a device says: "read up to here", "received up to here". 0 says nothing. `told`: the person lets others know what they read. */
export type MarkerWish = { readonly readSeq: Seq; readonly receivedSeq: Seq; readonly told: boolean };

/**
 * [MARK-1] A marker never moves back: an older position leaves it as it is, so lost and doubled requests do no harm.
 * [MARK-2] It never passes the head: a device that knows more than this server must sync first.
 * [MARK-3] What was read was received.
 * [MARK-5] What was read while it was not told stays untold, until a later read is told.
 * @param at the counts at `wish.readSeq`; needed only where it moves
 */
export function decideMarker(marker: Marker, headSeq: Seq, wish: MarkerWish, at: CountsAt): Marker | Refusal<'marker_beyond_head'> {
  const wishedSeq = Math.max(wish.readSeq, wish.receivedSeq);
  if (wishedSeq > headSeq) return refuse('marker_beyond_head', { uptoSeq: wishedSeq, headSeq });
  const receivedSeq = Math.max(marker.receivedSeq, wishedSeq) as Seq;
  if (wish.readSeq > marker.readSeq) {
    return { readSeq: at.seq, readOrd: at.ord, readMine: at.mine, receivedSeq, toldSeq: wish.told ? at.seq : marker.toldSeq };
  }
  return receivedSeq > marker.receivedSeq ? { ...marker, receivedSeq } : marker;
}

/** The greater of two markers, part by part: what every store keeps whichever came first. */
export function mergeMarkers(one: Marker, other: Marker): Marker {
  const read = one.readSeq >= other.readSeq ? one : other;
  const receivedSeq = Math.max(one.receivedSeq, other.receivedSeq) as Seq;
  const toldSeq = Math.max(one.toldSeq, other.toldSeq) as Seq;
  return { readSeq: read.readSeq, readOrd: read.readOrd, readMine: read.readMine, receivedSeq, toldSeq };
}

/** [MARK-4] Others' messages after the marker. Derived each time, so there is no counter to drift. */
export function unreadCount(marker: Marker, head: { readonly ord: MessageCount; readonly mine: MessageCount }): number {
  return head.ord - marker.readOrd - (head.mine - marker.readMine);
}

/** One move of a read marker, and when: what "read at 14:02" is told from. */
export type MarkerStep = { readonly readSeq: Seq; readonly at: WallMs };
