import { genesis, type Position, type VisibleEntry } from '@parlour/core/conversation-log/entry';
import { type SeqRange, visibleRanges } from '@parlour/core/conversation-log/visibility';
import type { Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { LogStore } from '../ports/log-store.ts';
import type { ConversationForReader } from './open-conversation.ts';

export type RangeWish = SeqRange & { readonly end: 'first' | 'last'; readonly limit: number };

/** One unbroken piece of the log. `previous` stands right before `fromSeq`; `head` is the newest that the reader may see. */
export type LoadedRange = SeqRange & { readonly previous: Position; readonly head: Position; readonly entries: readonly VisibleEntry[] };

/** The first or last piece of a range that the reader may see, cut to `limit` entries and to what one answer may weigh. @throws StorageFailure */
export async function loadRange(
  conversation: ConversationForReader,
  wish: RangeWish,
  { store }: { readonly store: LogStore },
): Promise<LoadedRange> {
  const { state, reader, id } = conversation;
  const piece = visibleRanges(state, reader, wish).at(wish.end === 'first' ? 0 : -1);
  const head = await loadVisibleHead(conversation, store);
  if (!piece) return { fromSeq: wish.fromSeq, untilSeq: wish.fromSeq, previous: genesis, head, entries: [] };

  const range = cut(piece, wish);
  // The entry before comes along for its chain; it may be one that the reader must not see, and is not shown.
  const loaded = await store.loadRange(id, { fromSeq: Math.max(1, range.fromSeq - 1) as Seq, untilSeq: range.untilSeq });
  const before = loaded[0] && loaded[0].seq < range.fromSeq ? loaded[0] : null;
  return weighed(
    {
      ...range,
      previous: before ? { seq: before.seq, chain: before.chain } : genesis,
      head,
      entries: before ? loaded.slice(1) : loaded,
    },
    wish.end,
  );
}

/** [VIS-1] Whoever was taken out learns nothing of what came after: not even how much. */
async function loadVisibleHead({ id, state, visibleHeadSeq: seq }: ConversationForReader, store: LogStore): Promise<Position> {
  if (seq === state.head.seq) return state.head;
  const [entry] = await store.loadRange(id, { fromSeq: seq, untilSeq: (seq + 1) as Seq });
  return entry ? { seq, chain: entry.chain } : genesis;
}

function cut({ fromSeq, untilSeq }: SeqRange, { end, limit }: RangeWish): SeqRange {
  return end === 'first'
    ? { fromSeq, untilSeq: Math.min(untilSeq, fromSeq + limit) as Seq }
    : { fromSeq: Math.max(fromSeq, untilSeq - limit) as Seq, untilSeq };
}

/** Long messages make short pages; at least one entry is always given. */
function weighed(range: LoadedRange, end: 'first' | 'last'): LoadedRange {
  const { entries } = range;
  const inOrder = end === 'first' ? entries : entries.toReversed();
  let weight = 0;
  const keptCount = inOrder.findIndex((entry, index) => {
    weight += entry.body?.length ?? 0;
    return index > 0 && weight > limits.rangeSizeBytesMax;
  });
  if (keptCount < 0) return range;
  if (end === 'first') return { ...range, entries: entries.slice(0, keptCount), untilSeq: (range.fromSeq + keptCount) as Seq };
  const kept = entries.slice(-keptCount);
  const before = entries[entries.length - keptCount - 1];
  return {
    ...range,
    entries: kept,
    fromSeq: (range.untilSeq - keptCount) as Seq,
    previous: before ? { seq: before.seq, chain: before.chain } : range.previous,
  };
}
