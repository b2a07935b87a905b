import type { Digest16, Environment } from '@parlour/core/environment';
import type { DeviceId, PersonId } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Bus, NodeName } from '../ports/bus.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { RegisterStore } from '../ports/register-store.ts';
import type { Authenticator } from '../usecases/authenticate.ts';
import type { LimitSharing } from '../usecases/limit-sharing.ts';
import type { PersonSettings } from '../usecases/person-settings.ts';
import type { RateLimit } from '../usecases/rate-limit.ts';
import type { Following } from './following.ts';
import type { SlowConsumerLimits } from './outgoing.ts';
import type { PresenceBoard } from './presence-board.ts';

export type GatewayLimits = {
  readonly socketsPerPersonMax: number;
  readonly socketsPerAddressMax: number;
  readonly socketsMax: number;
  readonly pingIntervalMs: number;
  readonly offlineAfterMs: number;
  readonly slowConsumer: SlowConsumerLimits;
};

/** What the gateway's parts share. */
export type GatewayTools = {
  /** This process, among others. */
  readonly node: NodeName;
  readonly environment: Environment;
  readonly digest16: Digest16;
  readonly authenticator: Authenticator;
  readonly owners: ConversationOwners;
  readonly store: LogStore;
  readonly registers: RegisterStore;
  readonly directory: Directory;
  readonly settings: PersonSettings;
  readonly bus: Bus;
  readonly following: Following;
  readonly presence: PresenceBoard;
  /** Null where there are no other nodes. */
  readonly sharing: LimitSharing | null;
  readonly sendRate: RateLimit<PersonId>;
  /** Frames that one device may send; beyond, it is told to slow down. */
  readonly frameRate: RateLimit<DeviceId>;
  readonly limits: GatewayLimits;
  /** A bug or a broken machine: written down, and answered as `internal`. */
  readonly reportFault: (fault: unknown, where: string) => void;
};
