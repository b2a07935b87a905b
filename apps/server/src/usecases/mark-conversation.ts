import type { Refusal } from '@parlour/core/errors';
import type { Seq } from '@parlour/core/ids';
import type { Marker } from '@parlour/core/marker';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { ConversationForReader } from './open-conversation.ts';
import type { PersonSettings } from './person-settings.ts';

/** Moves the reader's marker, for all their devices; others are told as far as the reader lets them. @throws StorageFailure */
export async function markConversation(
  conversation: ConversationForReader,
  { readSeq, receivedSeq }: { readonly readSeq: Seq; readonly receivedSeq: Seq },
  { owners, settings }: { readonly owners: ConversationOwners; readonly settings: PersonSettings },
): Promise<Marker | Refusal> {
  const { receipts } = settings.peek(conversation.reader) ?? (await settings.load(conversation.reader));
  return owners.mark(conversation.id, conversation.reader, { readSeq, receivedSeq, told: receipts });
}
