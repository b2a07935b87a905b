import type { Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, MessageCount, OperationNumber, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import type { Act, Me, Person } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import type { AnyErrorCode } from './refusal.ts';

/**
 * What a client keeps on its device. Six answers, which store.contract.ts holds every store to:
 * - atomic: a whole `transact`, over all spaces; a body that throws writes nothing
 * - ordered by: one transaction after another, whichever tab they come from; `scan` goes by key
 * - idempotent by: key; a put replaces
 * - after a failure: nothing was written; `StoreFull` says that the device has no room
 * - consistency: a transaction sees all that was committed before it and its own writes
 * - cost: one round trip to the disk a transaction; within a body, await nothing but the transaction itself
 */
export interface Store {
  /** Nothing outlives this process. */
  readonly volatile: boolean;
  transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface StoreTransaction {
  get<S extends Space>(space: S, key: string): Promise<Spaces[S] | undefined>;
  put<S extends Space>(space: S, key: string, value: Spaces[S]): void;
  delete(space: Space, key: string): void;
  /** Keys from `fromKey` up to, not including, `untilKey`, in order. */
  scan<S extends Space>(space: S, range?: KeyRange): Promise<(readonly [key: string, value: Spaces[S]])[]>;
  clear(space: Space): void;
}

export type KeyRange = { readonly fromKey: string; readonly untilKey: string };

export type Spaces = {
  meta: MetaValue;
  rows: HeldRow;
  tails: Tail;
  entries: HeldEntry;
  outbox: OutboxItem;
  registers: HeldRegister;
  people: Person;
};
export type Space = keyof Spaces;
export const spaces: readonly Space[] = ['meta', 'rows', 'tails', 'entries', 'outbox', 'registers', 'people'];

/**
 * The one-of-a-kind facts, each under its own key, as two tabs may write different ones.
 * - device: this replica, minted with the store   - counter: the last operation number taken
 * - epoch: of the leader; whoever finds a higher one has been replaced   - me: who is logged in
 * - registers_ver: up to where registers were pulled   - refresh_token: of programs that keep it here
 * - logged_out: the login ended by itself; what waits is kept for the same person
 */
export type Meta = {
  device: DeviceId;
  counter: OperationNumber;
  epoch: number;
  me: Me;
  registers_ver: RegisterVersion;
  refresh_token: string;
  logged_out: true;
};
export type MetaKey = keyof Meta;
export type MetaValue = Meta[MetaKey];

/** The unbroken run of entries kept here: (`before`, `position`]; both ends with their chain. Empty where they are equal. */
export type Tail = { readonly before: Position; readonly position: Position };

/** A read mark that was made here and that the server has not confirmed. */
export type ReadWish = { readonly readSeq: Seq; readonly readOrd: MessageCount; readonly readMine: MessageCount };
export type HeldRow = UnpackedRow & {
  readonly wish: ReadWish | null;
  /** Something came that the log alone does not tell the whole of: the server's line must be looked up. */
  readonly isUnsure?: true;
};

export type OutboxItem = {
  readonly conversation: ConversationId;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  /** Of a message; empty where it is an act. */
  readonly text: string;
  /** What is done to the group, where this is no message. */
  readonly act?: Act;
  /** This client's contiguous position when the operation was made ready. */
  readonly after: Position;
  /** When the person pressed send; to show, and to ask again after a day. */
  readonly at: WallMs;
  /** Why the server, or time, will not have it; null while it is still on its way. */
  readonly error: AnyErrorCode | null;
  /** The server had it and lost it (restored from an older copy): if a later one of this device is there already, it may take a new number. */
  readonly again: boolean;
  /** Where its device was replaced by a new one: the number kept for it there, should the id it has turn out to be overtaken or another message's. */
  readonly heir: OperationNumber | null;
};

export type HeldRegister = {
  readonly key: string;
  readonly ver: RegisterVersion;
  readonly value: string | null;
  /** What was written here and is not yet with the server. */
  readonly wish: { readonly value: string | null } | null;
};

/** The device has no room for what was to be written. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
}

/** A part of the store is not what was put there. */
export class StoreUnreadable extends Error {
  override readonly name = 'StoreUnreadable';
}

const seqWidth = 16;

export function entryKey(conversation: ConversationId, seq: number): string {
  return `${conversation} ${String(seq).padStart(seqWidth, '0')}`;
}

export function outboxKey({ device, n }: { readonly device: DeviceId; readonly n: OperationNumber }): string {
  return `${device} ${String(n).padStart(seqWidth, '0')}`;
}

/** @param untilSeq not included */
export function entryRange(conversation: ConversationId, { fromSeq, untilSeq }: { fromSeq: number; untilSeq: number }): KeyRange {
  return { fromKey: entryKey(conversation, fromSeq), untilKey: entryKey(conversation, untilSeq) };
}
