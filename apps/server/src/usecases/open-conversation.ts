import type { LogState } from '@parlour/core/conversation-log/state';
import { lastStay, visibleHeadSeq } from '@parlour/core/conversation-log/visibility';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';

declare const opened: unique symbol;

/** A conversation that this reader may see. Only `openConversationAs` makes one, so a usecase that takes it cannot forget to ask. */
export type ConversationForReader = {
  readonly id: ConversationId;
  readonly reader: PersonId;
  readonly state: LogState;
  /** The newest entry the reader may see. */
  readonly visibleHeadSeq: Seq;
  readonly [opened]: true;
};

/**
 * [VIS-2] Who was never a member learns the same as of a conversation that does not exist.
 * @param knownSeq how far the reader knows the log: where that is further than what is remembered here, another node has appended
 * @throws StorageFailure
 */
export async function openConversationAs(
  reader: PersonId,
  id: ConversationId,
  owners: ConversationOwners,
  knownSeq: number = 0,
): Promise<ConversationForReader | Refusal<'conversation_not_visible'>> {
  const remembered = owners.peek(id) ?? (await owners.view(id));
  const isOld = remembered.head.seq < knownSeq || !lastStay(remembered, reader);
  const state = isOld ? await owners.viewStored(id) : remembered;
  if (!lastStay(state, reader)) return refuse('conversation_not_visible');
  return { id, reader, state, visibleHeadSeq: visibleHeadSeq(state, reader) } as ConversationForReader;
}
