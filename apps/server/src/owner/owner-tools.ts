import type { DecideContext } from '@parlour/core/conversation-log/decide';
import type { Refusal } from '@parlour/core/errors';
import type { Seq, WallMs } from '@parlour/core/ids';
import type { Bus } from '../ports/bus.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { ConversationOwner } from './conversation-owner.ts';
import type { OwnerCounters } from './owner-counters.ts';
import type { OwnerLimits } from './owner-limits.ts';

/** The answer to one operation: its place in the log, durably; or why not, and whether to come again. */
export type OperationAnswer = { readonly seq: Seq } | (Refusal & { readonly retryAfterMs?: number });

export type OwnerTools = {
  readonly store: LogStore;
  readonly bus: Bus;
  readonly counters: OwnerCounters;
  readonly context: () => DecideContext;
  readonly now: () => WallMs;
  /** Asks for a place in the next group commit. */
  readonly ready: (owner: ConversationOwner) => void;
  /** The entries were committed; heads are to be announced again for a while. */
  readonly committed: (owner: ConversationOwner) => void;
  readonly marksKept: number;
  readonly limits: OwnerLimits;
};
