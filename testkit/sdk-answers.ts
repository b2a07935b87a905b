import type { ConversationView } from '@parlour/sdk/client';
import { isRefused, type OrRefusal } from '@parlour/sdk/refusal';

/** @throws where it was refused, with the sentence that says why */
export function granted<T>(answer: OrRefusal<T>): T {
  if (isRefused(answer)) throw new Error(answer.sentence);
  return answer;
}

/** The messages that are shown, without what else stands in the log. */
export const textsOf = (view: ConversationView): string[] =>
  view.timeline.get().items.flatMap((item) => (item.kind === 'message' ? [item.text] : []));
