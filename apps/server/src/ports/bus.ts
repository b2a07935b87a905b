import type { Entry, Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, LoginId, PersonId, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import type { Marker } from '@parlour/core/marker';

/**
 * Hints between the parts that write and the gateways that tell, on this node and on others. Six answers, which bus.contract.ts holds every adapter to:
 * - atomic: each notice by itself
 * - ordered by: nothing that a receiver may rely on; each notice says what it follows
 * - idempotent by: content; a notice that comes twice is a notice that came once
 * - after a timeout: nothing; a notice may be lost, and sync heals it. Where many may have been, `onGap` says so
 * - consistency: none; a notice is never proof of anything but itself
 * - cost: one message for each topic, and of those one for each node that follows it
 */
export interface Bus {
  /** Whether there may be other nodes. Where there are none, nothing has to be followed. */
  readonly isShared: boolean;
  /** Whether notices do not pass now, and are not known to pass again. */
  readonly isBroken: boolean;
  /** This node's own receivers hear it at once, whatever they follow; another node hears it once where it follows one of the topics. Never throws, never waits. */
  publish(notice: Notice, topics: Topics): void;
  /** @returns how to stop */
  subscribe(receiver: (notice: Notice) => void): () => void;
  /** Counted: a topic is followed until all who asked have stopped. @returns how to stop */
  follow(topic: Topic): () => void;
  /**
   * Resolves once whatever is published from then on under what is followed now is heard here.
   * @returns whether all that was published here before is on its way; false where it may be lost
   */
  settled(): Promise<boolean>;
  /** Notices may have been missed up to now. @returns how to stop */
  onGap(listener: () => void): () => void;
}

/** Every node follows `everyone`; a person's own topic those where they are, and `presence` those where somebody looks at them; a stream’s the one that holds it. */
export type Topic = 'everyone' | `person.${PersonId}` | `presence.${PersonId}` | `conversation.${ConversationId}` | `stream.${StreamId}`;

/** Of an event stream, made by its client: 26 characters that nobody else knows. */
export type StreamId = string;

/** Asked for only where there are other nodes. */
export type Topics = () => readonly Topic[];

/** A process, for as long as it lives. */
export type NodeName = string;

export const nodeRoles = ['gateway', 'api', 'worker'] as const;
export type NodeRole = (typeof nodeRoles)[number];

/** What a node says of itself. */
export type NodeFacts = {
  readonly node: NodeName;
  /** Where clients and other nodes reach it by itself; null where nobody said so. */
  readonly url: string | null;
  readonly version: string;
  readonly roles: readonly NodeRole[];
  readonly startedAt: WallMs;
  readonly isDraining: boolean;
  readonly connections: number;
  readonly connectionsMax: number;
  /** The part of its time that its serving thread was busy lately, from 0 to 1. */
  readonly utilisation: number;
};

/** Limits that are counted over all nodes. */
export type SharedLimit =
  | 'sends'
  | 'requests'
  | 'evidence'
  | 'registrations'
  | 'logins_by_address'
  | 'logins_by_account'
  | 'renewals'
  | 'sockets_of_person'
  | 'sockets_of_address';

/** Of a rate what was let through since it was last said, of sockets how many are held. */
export type Use = { readonly limit: SharedLimit; readonly key: string; readonly count: number };

/** What happens in a conversation is told with `memberSeq`, the last change of members known to whoever tells it: who knows an older one must not say to whom it is. */
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
      readonly memberSeq: Seq;
    }
  | { readonly notice: 'typing'; readonly conversation: ConversationId; readonly person: PersonId; readonly memberSeq: Seq }
  | { readonly notice: 'registers'; readonly person: PersonId; readonly headVer: RegisterVersion }
  /** The person's profile or settings changed. */
  | { readonly notice: 'person'; readonly person: PersonId }
  /** `login` null: all of the person's logins. */
  | { readonly notice: 'logins_ended'; readonly person: PersonId; readonly login: LoginId | null }
  /** Whether the person is on that node. `at`: since when they are not. */
  | { readonly notice: 'presence'; readonly person: PersonId; readonly node: NodeName; readonly isHere: boolean; readonly at: WallMs }
  /** A node renews its lease, or takes its leave. */
  | { readonly notice: 'node'; readonly facts: NodeFacts; readonly isLeaving: boolean }
  /** The node did not answer one of those who asked it. */
  | { readonly notice: 'unanswered'; readonly node: NodeName; readonly by: NodeName }
  /** What was used on that node of limits that came near. Of two words of a node the one with the higher number is the newer one. */
  | { readonly notice: 'uses'; readonly node: NodeName; readonly number: number; readonly uses: readonly Use[] }
  /** Somebody on that node looks at the person: who has them is asked to say so. */
  | { readonly notice: 'watched'; readonly person: PersonId; readonly node: NodeName }
  /** Said into an event stream on another node than the one that holds it. `isEnd`: the client takes its leave. */
  | { readonly notice: 'stream'; readonly stream: StreamId; readonly texts: readonly string[]; readonly isEnd: boolean };
