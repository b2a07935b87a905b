import { directConversationId, jobDeviceId } from '@parlour/core/conversation-log/chain';
import { type CreateBody, genesis } from '@parlour/core/conversation-log/entry';
import type { Digest16 } from '@parlour/core/environment';
import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import type { ConversationId, OperationNumber, PersonId } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Directory } from '../ports/directory.ts';

/**
 * The direct conversation of two people, or of one with oneself; created where there is none. Two who begin at once meet in one:
 * its id is made from the pair, and its first entry is one job with one operation id, whoever asks for it.
 */
export async function openDirect(
  { person, other }: { readonly person: PersonId; readonly other: PersonId },
  { owners, directory, digest16 }: { readonly owners: ConversationOwners; readonly directory: Directory; readonly digest16: Digest16 },
): Promise<ConversationId | Refusal> {
  const id = directConversationId(digest16, person, other);
  if ((await owners.view(id)).type !== null) return id;
  const found = await directory.loadPeople([other]);
  if (found.length === 0) return refuse('person_not_found');

  // The pair in its own order, so that both begin with the same bytes.
  const members = [...new Set([person, other])].sort().map((member) => ({ person: member, role: 'member' as const }));
  const body: CreateBody = { type: 'direct', members };
  const [author] = members;
  if (!author) throw new TypeError('a conversation of nobody');
  const [answer] = await owners.send(id, [
    {
      conversation: id,
      author: author.person,
      device: jobDeviceId(digest16, `create ${id}`),
      n: 1 as OperationNumber,
      kind: 'create',
      target: null,
      body: JSON.stringify(body),
      after: genesis,
    },
  ]);
  if (!answer) throw new TypeError('an operation without an answer');
  return isRefusal(answer) ? answer : id;
}
