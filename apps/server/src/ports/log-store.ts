import type { OperationMark } from '@parlour/core/conversation-log/decide';
import type { Entry, Position, VisibleEntry } from '@parlour/core/conversation-log/entry';
import { type GroupFace, type GroupState, plainGroup } from '@parlour/core/conversation-log/group';
import type { Role } from '@parlour/core/conversation-log/permissions';
import type { LogState } from '@parlour/core/conversation-log/state';
import type { SeqRange } from '@parlour/core/conversation-log/visibility';
import type { ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { Marker, MarkerStep } from '@parlour/core/marker';

/**
 * Where conversations live: their logs, and the markers beside them. Six answers, which log-store.contract.ts holds every adapter to:
 * - atomic: each append with all its folds (members, counts, activity, the author's device); each marker by itself. One call may carry many:
 *   they share a durable commit, and one that loses never takes another with it
 * - ordered by: the compare-and-set on (head, chain) of each conversation; markers by nothing, the greater wins
 * - idempotent by: (device, n), which stands in at most one entry of the whole store; a raise done twice is a raise done once
 * - after a timeout: `unknown`; load again and look whether (device, n) is there. A rejected promise (StorageFailure) says which for the whole call
 * - consistency: `load*` sees every commit that was answered; what `commit` has answered survives a crash
 * - cost: one sync to disk a call, whatever it carries; `load` and a range are one read by key at any depth
 */
export interface LogStore {
  /** @returns null where nothing was ever appended */
  loadLog(conversation: ConversationId): Promise<LogState | null>;
  /** @throws StorageFailure */
  commit(commit: Commit): Promise<readonly AppendOutcome[]>;
  /** Entries of the range, in order of seq. The caller bounds its length, and has decided that they may be seen. */
  loadRange(conversation: ConversationId, range: SeqRange): Promise<readonly VisibleEntry[]>;
  /** The marks of the range, oldest first; at most 1,100. */
  loadMarks(conversation: ConversationId, range: SeqRange): Promise<readonly OperationMark[]>;
  /** @returns the entry that has this id, in whichever conversation */
  findOperation(device: DeviceId, n: OperationNumber): Promise<FoundOperation | null>;
  /** @returns 0 where the device never appended */
  loadHighestOperationNumber(device: DeviceId): Promise<OperationNumber>;
  /** Messages up to and including `seq`, and this author's among them, counted from the marker they have. */
  loadCountsAt(
    conversation: ConversationId,
    person: PersonId,
    seq: Seq,
  ): Promise<{ readonly ord: MessageCount; readonly mine: MessageCount }>;
  loadMarker(conversation: ConversationId, person: PersonId): Promise<Marker | null>;
  /** When the person read what; newest first, at most 200. */
  loadMarkerSteps(conversation: ConversationId, person: PersonId): Promise<readonly MarkerStep[]>;
  /** Forgets the oldest steps made before this, at most so many. @returns how many */
  forgetMarkerSteps(old: { readonly before: WallMs; readonly countMax: number }): Promise<number>;
  /** A person's conversations by `activity`, newest first; conversations in which nothing was ever written come last. */
  loadRecent(person: PersonId, page: RecentPage): Promise<readonly RecentRow[]>;
  /** Rows of these, where the person is or was a member. */
  loadRows(person: PersonId, conversations: readonly ConversationId[]): Promise<readonly RecentRow[]>;
  /** What the sync digest is made from, for the most recent conversations, in any order; no bodies are read. */
  loadDigestRows(person: PersonId, limit: number): Promise<readonly DigestSource[]>;
  countConversations(person: PersonId): Promise<number>;
  /** Conversations that the person is a member of now, and in which there were more stays than that. */
  loadLargeConversations(person: PersonId, staysMax: number): Promise<readonly ConversationId[]>;
}

export type Commit = { readonly appends: readonly Append[]; readonly markers: readonly MarkerRaise[] };

/** `entries` follow `expect` without a gap; `state` is the fold after them. */
export type Append = {
  readonly conversation: ConversationId;
  readonly expect: Position;
  readonly entries: readonly Entry[];
  readonly state: LogState;
};

/**
 * - ok: durable
 * - conflict: the head was another; nothing of this append was written
 * - id_taken: one of its (device, n) stands in the store already; nothing of this append was written
 * - unknown: it may or may not be there
 */
export type AppendOutcome = 'ok' | 'conflict' | 'id_taken' | 'unknown';

export type MarkerRaise = {
  readonly conversation: ConversationId;
  readonly person: PersonId;
  readonly marker: Marker;
  /** Set where the read part moved and is to be remembered with its time. */
  readonly readAt: WallMs | null;
};

export type FoundOperation = { readonly conversation: ConversationId; readonly mark: OperationMark };

export type RecentPage = {
  readonly before: { readonly activity: WallMs; readonly conversation: ConversationId } | null;
  readonly limit: number;
};

export type RecentRow = {
  readonly conversation: ConversationId;
  readonly type: 'direct' | 'group';
  readonly title: string | null;
  /** Of a direct conversation there is nothing to say. */
  readonly group: GroupStanding | null;
  /** The newest entry the reader may see, and the messages up to it. */
  readonly head: Position;
  readonly ord: MessageCount;
  readonly activity: WallMs;
  /** The reader's last stay. */
  readonly fromSeq: Seq;
  readonly untilSeq: Seq | null;
  readonly marker: Marker;
  /** Messages by the reader. */
  readonly sentMine: MessageCount;
  /** The newest message, where the reader may see it. */
  readonly last: Pick<Entry, 'seq' | 'author' | 'ts' | 'body'> | null;
  /** The other member of a direct conversation, or the reader in notes to oneself. */
  readonly peer: PersonId | null;
  /** Others' markers, in conversations of at most 64 members; none for a reader who was taken out. */
  readonly otherMarkers: readonly { readonly person: PersonId; readonly marker: Marker; readonly readAt: WallMs | null }[];
  /** As of the reader's newest entry. */
  readonly memberCount: number;
};

/** What one reader may know of a group, and may do in it. */
export type GroupStanding = Omit<GroupState, 'banned'> & { readonly role: Role | null };

/** Whoever was taken out knows the group as it was then, and has no say in it. */
export function standingIn(group: GroupState, role: Role, left: GroupFace | null): GroupStanding {
  const { about, hue, permissions, newcomersSee } = group;
  return left
    ? { about: left.about, hue: left.hue, permissions: plainGroup.permissions, newcomersSee: plainGroup.newcomersSee, role: null }
    : { about, hue, permissions, newcomersSee, role };
}

export type DigestSource = {
  readonly conversation: ConversationId;
  /** The newest entry the reader may see. */
  readonly head: Position;
  readonly readSeq: Seq;
  /** Sums of what others have told as read, and received, in conversations of at most 64 members; 0 in larger ones, and for a reader who was taken out. */
  readonly toldSum: number;
  readonly receivedSum: number;
};
