import { groupConversationId } from '@parlour/core/conversation-log/chain';
import { type CreateBody, genesis } from '@parlour/core/conversation-log/entry';
import { displayNameOf } from '@parlour/core/display-name';
import type { Digest16 } from '@parlour/core/environment';
import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import type { ConversationId, OperationNumber, PersonId } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Directory } from '../ports/directory.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Sender } from './send-operations.ts';

/** `members` without whoever begins it, who owns it. */
export type NewGroup = Omit<CreateBody, 'type' | 'members'> & { readonly title: string; readonly members: readonly PersonId[] };

type Tools = {
  readonly owners: ConversationOwners;
  readonly directory: Directory;
  readonly sendRate: RateLimit<PersonId>;
  readonly digest16: Digest16;
};

/** [GRP-8] The same (device, n) again is the same group. @throws StorageFailure */
export async function createGroup(
  { person, device }: Sender,
  { n, group }: { readonly n: OperationNumber; readonly group: NewGroup },
  { owners, directory, sendRate, digest16 }: Tools,
): Promise<ConversationId | (Refusal & { readonly retryAfterMs?: number })> {
  const wait = sendRate.take(person, 1 + group.members.length);
  if (wait > 0) return { ...refuse('too_many_requests'), retryAfterMs: wait };
  const others = [...new Set(group.members)].filter((other) => other !== person);
  if ((await directory.loadPeople(others)).length < others.length) return refuse('person_not_found');
  const conversation = groupConversationId(digest16, device, n);
  const { about, hue, rules } = group;
  const title = displayNameOf(group.title);
  if (title === '') return refuse('malformed', { field: 'title' });
  const members = [{ person, role: 'owner' as const }, ...others.map((other) => ({ person: other, role: 'member' as const }))];
  const body: CreateBody = { type: 'group', members, title, about, hue, rules };
  const operation = {
    conversation,
    author: person,
    device,
    n,
    kind: 'create' as const,
    target: null,
    body: JSON.stringify(body),
    after: genesis,
  };
  const [answer] = await owners.send(conversation, [operation]);
  if (!answer) throw new TypeError('an operation without an answer');
  return isRefusal(answer) ? answer : conversation;
}
