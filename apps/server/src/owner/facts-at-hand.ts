import { factsAtHead, type OperationFacts, type OperationMark } from '@parlour/core/conversation-log/decide';
import { genesis, type Operation, type Position } from '@parlour/core/conversation-log/entry';
import { isMember, type LogState } from '@parlour/core/conversation-log/state';

export type Remembered = {
  readonly head: Position;
  /** Unbroken up to the head. */
  readonly marks: readonly OperationMark[];
  readonly afterDistanceMax: number;
};

/** What is known of an operation that was made after a position, without asking the store; null where it must be asked. */
export function factsAtHand(after: Position, { head, marks, afterDistanceMax }: Remembered): OperationFacts | null {
  if (after.seq === head.seq) return factsAtHead(head.chain);
  const none = { marksSinceAfter: [], sameOperation: null, usedElsewhere: false };
  if (after.seq > head.seq) return { chainAtAfter: null, tooFarBehind: false, ...none };
  if (head.seq - after.seq > afterDistanceMax) return { chainAtAfter: null, tooFarBehind: true, ...none };
  const [first] = marks;
  if (!first) return null;
  // The log's own beginning has no mark.
  if (after.seq === 0 && first.seq === 1) return { chainAtAfter: genesis.chain, tooFarBehind: false, ...none, marksSinceAfter: marks };
  if (after.seq < first.seq) return null;
  const place = after.seq - first.seq;
  return { chainAtAfter: marks[place]?.chain ?? null, tooFarBehind: false, ...none, marksSinceAfter: marks.slice(place + 1) };
}

/** [OP-6] It was made too long ago to tell, by somebody who was taken out and can come no nearer: only its id says whether it stands in the log. */
export function isOutOfReach(
  { after, author }: Operation,
  state: LogState | null,
  { afterDistanceMax }: Pick<Remembered, 'afterDistanceMax'>,
): boolean {
  if (!state || !after || state.head.seq - after.seq <= afterDistanceMax) return false;
  return state.members.has(author) && !isMember(state, author);
}
