import type { OperationFacts } from '@parlour/core/conversation-log/decide';
import { genesis, type Operation } from '@parlour/core/conversation-log/entry';
import type { Seq } from '@parlour/core/ids';
import type { LogStore } from '../ports/log-store.ts';

export type FactsSource = {
  readonly store: LogStore;
  /** Of the state that the operation is decided on. */
  readonly headSeq: Seq;
  readonly afterDistanceMax: number;
  /** Look for the operation's id in all conversations, too. */
  readonly checkIndex: boolean;
};

/** What must be known of an operation to decide on it, read from the log. @throws StorageFailure */
export async function loadFacts(
  { conversation, after, device, n }: Operation,
  { store, headSeq, afterDistanceMax, checkIndex }: FactsSource,
): Promise<OperationFacts> {
  const tooFarBehind = after !== null && headSeq - after.seq > afterDistanceMax;
  const found = checkIndex || !after ? await store.findOperation(device, n) : null;
  const usedElsewhere = found !== null && found.conversation !== conversation;
  const sameOperation = usedElsewhere ? null : (found?.mark ?? null);
  if (!after || tooFarBehind) return { chainAtAfter: null, tooFarBehind, marksSinceAfter: [], sameOperation, usedElsewhere };
  const range = { fromSeq: Math.max(1, after.seq) as Seq, untilSeq: (headSeq + 1) as Seq };
  const marks = await store.loadMarks(conversation, range);
  const chainAtAfter = after.seq === 0 ? genesis.chain : (marks.find((mark) => mark.seq === after.seq)?.chain ?? null);
  return { chainAtAfter, tooFarBehind, marksSinceAfter: marks.filter((mark) => mark.seq > after.seq), sameOperation, usedElsewhere };
}
