import type { BodyOf, EntryKind, Position } from '@parlour/core/conversation-log/entry';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { OperationAnswer } from '../owner/owner-tools.ts';
import type { Directory } from '../ports/directory.ts';
import type { RateLimit } from './rate-limit.ts';

/** What people do by themselves; entries of other kinds are made by the server. */
type SentKind = Exclude<EntryKind, 'create' | 'notice'>;

/** One operation as a device sends it. `after` is null from a program that keeps no log. */
export type OperationToSend = {
  [Kind in SentKind]: {
    readonly n: OperationNumber;
    readonly kind: Kind;
    readonly target: Seq | null;
    readonly body: BodyOf[Kind];
    readonly after: Position | null;
  };
}[SentKind];

export type Sender = { readonly person: PersonId; readonly device: DeviceId };

type Tools = { readonly owners: ConversationOwners; readonly directory: Directory; readonly sendRate: RateLimit<PersonId> };

/**
 * Appends a device's operations to a conversation, in their order; each answer says its place, or why it has none.
 * Whether the sender may do it is decided by the owner, on the very prefix it appends to.
 */
export async function sendOperations(
  { person, device }: Sender,
  conversation: ConversationId,
  wishes: readonly OperationToSend[],
  { owners, directory, sendRate }: Tools,
): Promise<readonly OperationAnswer[]> {
  const wait = sendRate.take(person, wishes.length);
  if (wait > 0) return wishes.map(() => ({ ...refuse('too_many_requests'), retryAfterMs: wait }));
  const strangers = await unknownPeople(wishes, directory);
  const refused = new Map<OperationToSend, Refusal>();
  for (const wish of wishes) if ('person' in wish.body && strangers.has(wish.body.person)) refused.set(wish, refuse('person_not_found'));
  const operations = wishes
    .filter((wish) => !refused.has(wish))
    .map(({ n, kind, target, body, after }) => ({
      conversation,
      author: person,
      device,
      n,
      kind,
      target,
      body: JSON.stringify(body),
      after,
    }));
  const answers = operations.length > 0 ? [...(await owners.send(conversation, operations))] : [];
  return wishes.map((wish) => refused.get(wish) ?? answers.shift() ?? missing());
}

/** Whom an operation names must be there, before it is looked at what may be done to them. */
async function unknownPeople(wishes: readonly OperationToSend[], directory: Directory): Promise<ReadonlySet<PersonId>> {
  const named = new Set(wishes.flatMap(({ body }) => ('person' in body ? [body.person] : [])));
  if (named.size === 0) return named;
  for (const { id } of await directory.loadPeople([...named])) named.delete(id);
  return named;
}

function missing(): never {
  throw new TypeError('an operation without an answer');
}
