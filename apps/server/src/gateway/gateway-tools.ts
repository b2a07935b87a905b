import type { Digest16, Environment } from '@parlour/core/environment';
import type { Refusal } from '@parlour/core/errors';
import type { DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Bus } from '../ports/bus.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { RegisterStore } from '../ports/register-store.ts';
import type { PersonSettings } from '../usecases/person-settings.ts';
import type { RateLimit } from '../usecases/rate-limit.ts';
import type { SlowConsumerLimits } from './outgoing.ts';
import type { PresenceBoard } from './presence-board.ts';

/** Who an access token speaks for, and until when. */
export type Identity = { readonly person: PersonId; readonly login: LoginId; readonly expiresAt: WallMs };

/** How the gateway learns who is there. */
export interface Access {
  authenticate(token: string): Promise<Identity | Refusal>;
  /** Whether the login still stands: asked every 30 s, for a notice of its end may be lost. */
  isCurrent(identity: Identity): Promise<boolean>;
}

export type GatewayLimits = {
  readonly socketsPerPersonMax: number;
  readonly socketsPerAddressMax: number;
  readonly socketsMax: number;
  readonly pingIntervalMs: number;
  readonly offlineAfterMs: number;
  /** Frames that one socket may send, over time and at once; beyond, it is told to slow down. */
  readonly framesPerSecond: number;
  readonly framesBurst: number;
  readonly slowConsumer: SlowConsumerLimits;
};

/** What the gateway's parts share. */
export type GatewayTools = {
  readonly environment: Environment;
  readonly digest16: Digest16;
  readonly access: Access;
  readonly owners: ConversationOwners;
  readonly store: LogStore;
  readonly registers: RegisterStore;
  readonly directory: Directory;
  readonly settings: PersonSettings;
  readonly bus: Bus;
  readonly presence: PresenceBoard;
  readonly sendRate: RateLimit<PersonId>;
  readonly frameRate: RateLimit<DeviceId>;
  readonly limits: GatewayLimits;
  /** A bug or a broken machine: written down, and answered as `internal`. */
  readonly reportFault: (fault: unknown, where: string) => void;
};
