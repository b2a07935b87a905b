import type { Digest16 } from '../environment.ts';
import {
  bytesOfDigest,
  type Chain,
  type ConversationId,
  type DeviceId,
  type Digest,
  idFromBytes,
  type OperationNumber,
  type PersonId,
  type Salt,
} from '../ids.ts';
import { type Entry, entryKinds } from './entry.ts';

/** [LOG-3] The body is hashed with a salt that is erased with it, so a deletion leaves no way to guess a short body from its digest. */
export function digestOf(digest16: Digest16, salt: Salt, body: string): Digest {
  return digest16(salt + body) as Digest;
}

export type ChainedFields = Pick<Entry, 'seq' | 'kind' | 'author' | 'device' | 'n' | 'target' | 'digest'>;

/** [LOG-2] Each entry's chain covers the one before it and all that the entry says; erasing a body does not break it. */
export function chainOf(digest16: Digest16, previous: Chain, entry: ChainedFields): Chain {
  const { seq, kind, author, device, n, target, digest } = entry;
  return digest16(`${previous} ${seq} ${entryKinds[kind]} ${author} ${device} ${n} ${target ?? 0} ${digest}`) as Chain;
}

/** The one conversation of two people (or of one with oneself): the same for both, whoever begins. */
export function directConversationId(digest16: Digest16, one: PersonId, other: PersonId): ConversationId {
  const [first, second] = one < other ? [one, other] : [other, one];
  return idFromBytes(bytesOfDigest(digest16(`direct ${first} ${second}`))) as ConversationId;
}

/** A group's id is made of the operation that begins it, so that the same operation sent again begins none anew, and nobody chooses it. */
export function groupConversationId(digest16: Digest16, device: DeviceId, n: OperationNumber): ConversationId {
  return idFromBytes(bytesOfDigest(digest16(`group ${device} ${n}`))) as ConversationId;
}

/** The device of something the server itself does: the same job is the same device, so what it appends happens once. */
export function jobDeviceId(digest16: Digest16, job: string): DeviceId {
  return idFromBytes(bytesOfDigest(digest16(`job ${job}`))) as DeviceId;
}
