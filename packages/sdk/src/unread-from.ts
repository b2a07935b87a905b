import type { ConversationId, MessageCount, PersonId, Seq } from '@parlour/core/ids';
import { nothingRead, unreadCount } from '@parlour/core/marker';
import type { HeldEntry } from './held-entry.ts';
import type { Mirror } from './mirror.ts';
import type { HeldRow } from './store.ts';

/** The first entry that counts as unread, though it was read, and the messages before it: all of them, and one's own. */
export type UnreadFrom = { readonly seq: Seq; readonly ord: MessageCount; readonly mine: MessageCount };

export const unreadFromPrefix = 'unread:';

/** The key of a conversation's "unread from here" among the registers. A marker never moves back, so this stands beside it. */
export function unreadFromKey(conversation: ConversationId): string {
  return `${unreadFromPrefix}${conversation}`;
}

export function unreadFromOf(mirror: Mirror, conversation: ConversationId): UnreadFrom | null {
  const register = mirror.registers.get(unreadFromKey(conversation));
  return register ? parseUnreadFrom(register.wish ? register.wish.value : register.value) : null;
}

/** Whatever some program wrote there: what is no such place is none. */
export function parseUnreadFrom(value: string | null): UnreadFrom | null {
  if (value === null) return null;
  try {
    const { seq, ord, mine } = JSON.parse(value) ?? {};
    const isPlace = [seq, ord, mine].every((count) => Number.isSafeInteger(count) && count >= 0) && seq > 0 && mine <= ord && ord < seq;
    return isPlace ? { seq, ord, mine } : null;
  } catch {
    return null;
  }
}

/** [MARK-4] Others' messages behind the marker, or behind the place that was marked, whichever is more. */
export function unreadOf(row: HeldRow, from: UnreadFrom | null): number {
  const read = row.wish && row.wish.readSeq > row.readSeq ? row.wish : row;
  const behindMarker = unreadCount({ ...nothingRead, readOrd: read.readOrd, readMine: read.readMine }, row);
  const behindPlace = from === null ? 0 : unreadCount({ ...nothingRead, readOrd: from.ord, readMine: from.mine }, row);
  return Math.max(0, behindMarker, behindPlace);
}

/** How far a person has read, as it is shown. */
export function readSeqOf(row: HeldRow, from: UnreadFrom | null): Seq {
  const readSeq = markedSeqOf(row);
  return from === null ? readSeq : (Math.min(readSeq, from.seq - 1) as Seq);
}

/** Where the marker stands, or is about to. */
export function markedSeqOf(row: HeldRow): Seq {
  return Math.max(row.readSeq, row.wish?.readSeq ?? 0) as Seq;
}

/**
 * [SDK-75] The counts before an entry, from an unbroken run of the log in which it stands. `ord` is in each entry; how many are one's own is
 * told by the nearest one of them, or by the log's end or beginning where the run reaches it.
 * @returns null where the run has none of these
 */
export function placeBefore(
  entries: readonly HeldEntry[],
  { seq, row, self }: { seq: number; row: HeldRow; self: PersonId },
): UnreadFrom | null {
  const index = entries.findIndex((entry) => entry.seq === seq);
  const entry = entries[index];
  if (entry === undefined) return null;
  const ord = entry.ord - (entry.kind === 'message' ? 1 : 0);
  const isOwn = (one: HeldEntry) => one.kind === 'message' && one.author === self;
  const place = (mine: number) => ({ seq: seq as Seq, ord: ord as MessageCount, mine: mine as MessageCount });
  const next = entries.slice(index).find(isOwn);
  if (next !== undefined) return place(next.mine - 1);
  const before = entries.slice(0, index).findLast(isOwn);
  if (before !== undefined) return place(before.mine);
  if (entries.at(-1)?.seq === row.head.seq || row.mine === 0) return place(row.mine);
  return entries[0]?.seq === 1 ? place(0) : null;
}
