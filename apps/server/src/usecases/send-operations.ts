import type { MessageBody, Position } from '@parlour/core/conversation-log/entry';
import { refuse } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { OperationAnswer } from '../owner/owner-tools.ts';
import type { RateLimit } from './rate-limit.ts';

/** One message as a device sends it. `after` is null from a program that keeps no log. */
export type MessageToSend = {
  readonly n: OperationNumber;
  readonly target: Seq | null;
  readonly body: MessageBody;
  readonly after: Position | null;
};

export type Sender = { readonly person: PersonId; readonly device: DeviceId };

/**
 * Appends a device's messages to a conversation, in their order; each answer says its place, or why it has none.
 * Whether the sender may write there is decided by the owner, on the very prefix it appends to.
 */
export async function sendOperations(
  { person, device }: Sender,
  conversation: ConversationId,
  messages: readonly MessageToSend[],
  { owners, sendRate }: { readonly owners: ConversationOwners; readonly sendRate: RateLimit<PersonId> },
): Promise<readonly OperationAnswer[]> {
  const wait = sendRate.take(person, messages.length);
  if (wait > 0) return messages.map(() => ({ ...refuse('too_many_requests'), retryAfterMs: wait }));
  const operations = messages.map(({ n, target, body, after }) => ({
    conversation,
    author: person,
    device,
    n,
    kind: 'message' as const,
    target,
    body: JSON.stringify(body),
    after,
  }));
  return owners.send(conversation, operations);
}
