import type { Environment } from '@parlour/core/environment';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import type { ClientLimits } from './client-limits.ts';
import type { Connection } from './connection.ts';
import type { HeldEntry } from './held-entry.ts';
import type { Change, Mirror } from './mirror.ts';
import type { SharedStateKeeping } from './shared-state.ts';
import type { Store } from './store.ts';
import type { StoreWriter } from './store-writer.ts';

/** What the parts of the leader share. */
export type LeaderContext = {
  readonly environment: Environment;
  readonly store: Store;
  readonly mirror: Mirror;
  readonly writer: StoreWriter;
  readonly connection: Connection;
  readonly shared: SharedStateKeeping;
  readonly limits: ClientLimits;
  /** Other tabs write into the store, too. */
  readonly sharesStore: boolean;
  /** Of what did not go through the writer, as it stands in the store already. */
  readonly tellTabs: (changes: readonly Change[]) => void;
  /** For bots: entries that became part of the log here. */
  readonly applied: (conversation: ConversationId, entries: readonly HeldEntry[]) => void;
};

/** Throws where nobody is logged in: the parts of the leader only work for someone. */
export function selfOf({ mirror }: { readonly mirror: Mirror }): PersonId {
  const me = mirror.meta.me;
  if (!me) throw new Error('nobody is logged in');
  return me.id;
}

export function deviceOf({ mirror }: { readonly mirror: Mirror }): DeviceId {
  const device = mirror.meta.device;
  if (!device) throw new Error('the store has no device');
  return device;
}
