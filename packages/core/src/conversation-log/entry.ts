import type { Chain, ConversationId, DeviceId, Digest, MessageCount, OperationNumber, PersonId, Salt, Seq, WallMs } from '../ids.ts';
import type { NewcomersSee } from './group.ts';
import type { GroupAct, Role } from './permissions.ts';

/**
 * The kinds of entry. The number is what is stored and hashed: it never changes and is never used again.
 * - create: the first entry; its body names type and members
 * - message: counted in `ord` and `mine`
 * - add, remove: one person's membership begins or ends
 * - notice: a line that is not a message (an imported join, say); not counted
 * - role: what a member may do changes; pardon: a ban ends
 * - describe, rules: how a group presents itself, and who may do what in it
 */
export const entryKinds = { create: 1, message: 2, add: 3, remove: 4, notice: 5, role: 6, pardon: 7, describe: 8, rules: 9 } as const;
export type EntryKind = keyof typeof entryKinds;

export const entryKindOf: ReadonlyMap<number, EntryKind> = new Map(
  Object.entries(entryKinds).map(([kind, stored]) => [stored, kind as EntryKind]),
);

export type ConversationType = 'direct' | 'group';

export type CreateBody = {
  readonly type: ConversationType;
  readonly members: readonly { readonly person: PersonId; readonly role: Role }[];
  readonly title?: string | undefined;
  readonly about?: string | undefined;
  readonly hue?: number | undefined;
  readonly rules?: RulesBody | undefined;
};
/** `replyTo`: the messages this one answers. `action`: told in the third person, as "/me waves". What is undefined is not in the JSON that is hashed. */
export type MessageBody = { readonly text: string; readonly replyTo?: readonly Seq[] | undefined; readonly action?: true | undefined };
export type AddBody = { readonly person: PersonId; readonly role: Role };
/** `ban`: they cannot come back until they are pardoned. */
export type RemoveBody = { readonly person: PersonId; readonly ban?: true | undefined };
export type NoticeBody = { readonly text: string };
export type RoleBody = { readonly person: PersonId; readonly role: Role };
export type PardonBody = { readonly person: PersonId };
/** What is left out stays as it is. `hue`: degrees on the colour wheel. */
export type DescribeBody = { readonly title?: string | undefined; readonly about?: string | undefined; readonly hue?: number | undefined };
/** What is left out stays as it is. `newcomersSee`: of whoever joins from then on; what others may see is not touched. */
export type RulesBody = {
  readonly permissions?: { readonly [Act in GroupAct]?: Role | undefined } | undefined;
  readonly newcomersSee?: NewcomersSee | undefined;
};
export type BodyOf = {
  create: CreateBody;
  message: MessageBody;
  add: AddBody;
  remove: RemoveBody;
  notice: NoticeBody;
  role: RoleBody;
  pardon: PardonBody;
  describe: DescribeBody;
  rules: RulesBody;
};

/** One place in one log: a seq, and the chain up to it. */
export type Position = { readonly seq: Seq; readonly chain: Chain };

/** Before the first entry of every log. */
export const genesis: Position = { seq: 0 as Seq, chain: 'AAAAAAAAAAAAAAAAAAAAAA' as Chain };

export function isSamePosition(one: Position | null, other: Position | null): boolean {
  return one !== null && other !== null && one.seq === other.seq && one.chain === other.chain;
}

/** One change of one conversation, as the log keeps it. */
export type Entry = {
  readonly seq: Seq;
  readonly kind: EntryKind;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  /** The seq of the entry this one acts on. */
  readonly target: Seq | null;
  /** Messages up to and including this entry. */
  readonly ord: MessageCount;
  /** Of those, the author's own. */
  readonly mine: MessageCount;
  /** Seq of the last change of members, up to and including this entry. */
  readonly memberSeq: Seq;
  /** The server's wall clock at the append; to show only. */
  readonly ts: WallMs;
  readonly digest: Digest;
  readonly chain: Chain;
  /** Erased together with the body. */
  readonly salt: Salt | null;
  /** The body as the exact JSON text that was hashed; null once erased. */
  readonly body: string | null;
};

/** An entry as its readers get it; digest and salt stay with the log, as evidence. */
export type VisibleEntry = Omit<Entry, 'digest' | 'salt'>;

/** What a replica asks to have appended. */
export type Operation = {
  readonly conversation: ConversationId;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  readonly kind: EntryKind;
  readonly target: Seq | null;
  /** JSON text of the body. */
  readonly body: string;
  /** The sender's contiguous position when the operation was made ready; null from a program that keeps none, and then only its id tells a repetition. */
  readonly after: Position | null;
  /** Set only by the server's own jobs (an import keeps the times of old); else the time of the append. */
  readonly ts?: WallMs;
};

/** Reads a body that this log has validated before it stored it. */
export function bodyOf<Kind extends EntryKind>(kind: Kind, entry: Pick<Entry, 'kind' | 'body'>): BodyOf[Kind] {
  if (entry.kind !== kind || entry.body === null) throw new TypeError(`not a ${kind} with a body`);
  return JSON.parse(entry.body) as BodyOf[Kind];
}
