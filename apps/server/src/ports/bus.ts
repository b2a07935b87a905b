import type { Entry, Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, LoginId, PersonId, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import type { Marker } from '@parlour/core/marker';

/**
 * Hints between the parts that write and the gateways that tell. Six answers:
 * - atomic: each notice by itself
 * - ordered by: nothing that a receiver may rely on; each notice says what it follows
 * - idempotent by: content; a notice that comes twice is a notice that came once
 * - after a timeout: nothing; a notice may be lost, and sync heals it
 * - consistency: none; a notice is never proof of anything but itself
 * - cost: one message for each gateway that has someone to tell
 */
export interface Bus {
  /** Never throws, never waits. */
  publish(notice: Notice): void;
  /** @returns how to stop */
  subscribe(receiver: (notice: Notice) => void): () => void;
}

export type Notice =
  /** Entries were committed. `prevMemberSeq`: the last change of members before them, so that a member cache knows whether it missed one. */
  | {
      readonly notice: 'entries';
      readonly conversation: ConversationId;
      readonly previous: Position;
      readonly entries: readonly Entry[];
      readonly memberSeq: Seq;
      readonly prevMemberSeq: Seq;
    }
  | { readonly notice: 'head'; readonly conversation: ConversationId; readonly head: Position; readonly memberSeq: Seq }
  | {
      readonly notice: 'marker';
      readonly conversation: ConversationId;
      readonly person: PersonId;
      readonly marker: Marker;
      readonly readAt: WallMs | null;
    }
  | { readonly notice: 'typing'; readonly conversation: ConversationId; readonly person: PersonId }
  | { readonly notice: 'registers'; readonly person: PersonId; readonly headVer: RegisterVersion }
  /** The person's profile or settings changed. */
  | { readonly notice: 'person'; readonly person: PersonId }
  /** `login` null: all of the person's logins. */
  | { readonly notice: 'logins_ended'; readonly person: PersonId; readonly login: LoginId | null };
