import type { ConversationId, PersonId, RegisterVersion } from '@parlour/core/ids';

/** A commit that may have been told to nobody: where entries were appended, whose markers moved, whose registers or profile changed. */
export type UntoldCommit = {
  readonly note: number;
  readonly conversations: readonly ConversationId[];
  readonly markers: readonly { readonly conversation: ConversationId; readonly person: PersonId }[];
  /** With the newest version that there is by now. */
  readonly registers: readonly { readonly person: PersonId; readonly headVer: RegisterVersion }[];
  readonly profiles: readonly PersonId[];
};

/**
 * What several servers on one store write down of each commit, within the commit, until its notices are on their way. Six answers:
 * - atomic: a note is there exactly where its commit is
 * - ordered by: nothing; each note stands for itself
 * - idempotent by: note; it may be told of more than once, by several servers
 * - after a timeout: what was not struck out is told again
 * - consistency: every note of an answered commit is found, by the store's own clock
 * - cost: a row for each group commit, or change of what is a person's own, and its removal some time later
 */
export interface CommitJournal {
  /** Notes of this server's commits that were answered since the last time it was asked. */
  takeAnswered(): readonly number[];
  /** Told, or of no use any more. @throws StorageFailure */
  strikeOut(notes: readonly number[]): Promise<void>;
  /** Anybody's notes of that age, oldest first. @throws StorageFailure */
  loadUntold(age: { readonly minMs: number; readonly maxMs: number; readonly countMax: number }): Promise<readonly UntoldCommit[]>;
  /** Forgets what is older. @throws StorageFailure */
  forget(age: { readonly minMs: number }): Promise<void>;
}
