import type { AddBody, DescribeBody, PardonBody, RemoveBody, RoleBody, RulesBody } from '@parlour/core/conversation-log/entry';
import type { NewcomersSee } from '@parlour/core/conversation-log/group';
import type { Permissions, Role } from '@parlour/core/conversation-log/permissions';
import type { Chain, ConversationId, DeviceId, LoginId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { Observable } from './observable.ts';
import type { AnyErrorCode, ClientRefusal, OrRefusal } from './refusal.ts';

/** The public face of the SDK: everything a screen or a bot sees. Made by `createBrowserClient`, `createNodeClient` or `createClient`. */
export interface ParlourClient {
  readonly status: Observable<ClientStatus>;
  /** Who is logged in here; null when nobody is. */
  readonly me: Observable<Me | null>;
  /** The list of conversations, the most recent first. */
  readonly conversations: Observable<readonly ConversationSummary[]>;
  /** People by id, as far as this device has met them: peers, authors, those found. */
  readonly people: Observable<ReadonlyMap<PersonId, Person>>;
  /** What is known of those who are watched; see `watchPresence`. */
  readonly presence: Observable<ReadonlyMap<PersonId, PersonPresence>>;
  readonly settings: Observable<Settings>;

  /** What anyone may know of the server. */
  serverFacts(): Promise<OrRefusal<ServerFacts>>;
  /** Makes an account and logs in. */
  register(form: RegistrationForm): Promise<OrRefusal<Me>>;
  /** @param name e-mail address or handle */
  logIn(form: { readonly name: string; readonly password: string }): Promise<OrRefusal<Me>>;
  /** Ends this login and erases everything kept on this device, pending messages too. Works offline: the server is told if it can be reached. */
  logOut(): Promise<void>;
  /** Ends every login of this person, then as `logOut`. Needs the server. */
  logOutEverywhere(): Promise<OrRefusal<void>>;
  logins(): Promise<OrRefusal<readonly Login[]>>;
  endLogin(id: LoginId): Promise<OrRefusal<void>>;
  updateProfile(changes: ProfileChanges): Promise<OrRefusal<Me>>;
  /** By the whole handle, or by the beginning of any word of the name. */
  findPeople(query: { readonly handle: string } | { readonly name: string }): Promise<OrRefusal<readonly Person[]>>;

  /** The direct conversation with someone, or with oneself. Works offline for those that are known here. */
  openDirect(person: PersonId): Promise<OrRefusal<ConversationId>>;
  /** Kept here at once, on the server and the person's other devices as soon as it is reached. What is left out stays as it is. */
  keepConversation(id: ConversationId, keeping: Partial<Keeping>): Promise<void>;
  /** Begins a group of one's own. Needs the server. */
  createGroup(group: NewGroup): Promise<OrRefusal<ConversationId>>;
  /** A look into one conversation. Close it when it leaves the screen. */
  conversation(id: ConversationId): ConversationView;
  /** The people on the screen (those of the views and of the list need not be named twice); replaces those named before. At most 200, the rest is left out. */
  watchPresence(people: readonly PersonId[]): void;
  /** Kept here at once, on the server and the person's other devices as soon as it is reached. */
  setSetting<Key extends keyof Settings>(key: Key, value: Settings[Key]): Promise<void>;

  /** For bots: every run of entries that becomes part of the log here, own ones too, once, in order within a conversation. @returns ends it */
  onEntries(listener: (event: EntriesEvent) => void): () => void;
  /** Resolves once this device holds what the server has and nothing waits to be sent. */
  whenIdle(): Promise<void>;
  /** Resolves once the list equals the server's, as far as this connection was told. */
  whenSynced(): Promise<void>;
  /** Ends sockets and timers; what is stored stays. */
  close(): Promise<void>;
}

export type ClientStatus = {
  /** `unknown` until the store was read and, where it holds a login, until that was tried or the network is gone: show what is stored meanwhile. */
  readonly auth: 'unknown' | 'out' | 'in';
  readonly connection:
    | { readonly state: 'idle' }
    | { readonly state: 'connecting' }
    | { readonly state: 'online' }
    | { readonly state: 'waiting'; readonly retryAt: WallMs }
    /** The server told this client not to come back as it is (too old a version, say). */
    | { readonly state: 'refused'; readonly code: number };
  /** One tab of a browser holds the socket; the others follow it. */
  readonly role: 'leader' | 'follower';
  /** `full`: the device takes no more, new messages are refused; `memory`: nothing outlives this page. */
  readonly storage: 'ok' | 'full' | 'memory';
  /** What this device kept was damaged when this client opened it: it comes again from the server, and what waited is kept as far as it could be read. */
  readonly mended: boolean;
  /** The server's clock minus this one; to show times. */
  readonly clockOffsetMs: number;
  /** The list equals the server's, as far as this connection was told. */
  readonly synced: boolean;
};

export type ServerFacts = {
  readonly registration: 'open' | 'closed';
  /** Where people reach it from elsewhere, if its owner has said so. */
  readonly publicUrl: string | null;
  /** Nobody has an account yet: whoever registers is the first. */
  readonly isEmpty: boolean;
};

export type Person = {
  readonly id: PersonId;
  readonly handle: string;
  readonly displayName: string;
  readonly about: string;
  /** An author of imported history whom nobody has claimed. */
  readonly placeholder: boolean;
};

/** `login`: the one through which this client acts. */
export type Me = Person & { readonly login: LoginId };

/** `displayName` is the handle where it is left out. */
export type RegistrationForm = {
  readonly email: string;
  readonly handle: string;
  readonly displayName?: string;
  readonly password: string;
};
export type ProfileChanges = { readonly handle?: string; readonly displayName?: string; readonly about?: string };

export type Login = {
  readonly id: LoginId;
  readonly label: string;
  readonly client: 'browser' | 'program';
  readonly address: string;
  readonly createdAt: WallMs;
  readonly lastUsedAt: WallMs;
  /** The one that asks. */
  readonly current: boolean;
};

export type Settings = {
  /** Tell others how far one has read, and see it of them. */
  readonly receipts: boolean;
  /** Show others when one was last here. */
  readonly lastSeen: boolean;
};

export type PersonPresence = { readonly presence: 'online' | 'offline'; readonly lastSeenAt: WallMs | null };

/**
 * How far one's own message has come. `clock`: not yet with the server; `sent`: durable there; `received`: on a device of everyone
 * else; `read`: by everyone else; `failed`: it stays here until it is sent again or discarded.
 */
export type Tick = 'clock' | 'sent' | 'received' | 'read' | 'failed';

export type ConversationSummary = {
  readonly id: ConversationId;
  readonly type: 'direct' | 'group';
  /** The group's title, or the other person's name. */
  readonly title: string;
  /** The other person of a direct conversation (oneself in notes to oneself). */
  readonly peer: Person | null;
  readonly peerPresence: PersonPresence | null;
  readonly last: LastMessage | null;
  /** When something was last said here, own pending messages included. The list is sorted by it. */
  readonly activityAt: WallMs;
  readonly unread: number;
  /** A text begun and not sent, on any of one's devices. */
  readonly draft: string | null;
  readonly typing: readonly PersonId[];
  readonly pendingCount: number;
  readonly failedCount: number;
  readonly memberCount: number;
  /** Null of a direct conversation. */
  readonly group: GroupStanding | null;
  readonly keeping: Keeping;
};

/** How one person keeps a conversation, on all their devices; nobody else is told. `muted`: until when, or for good; a moment that is over mutes nothing. */
export type Keeping = {
  readonly muted: { readonly until: WallMs | null } | null;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
};

export type LastMessage = {
  /** Null while it is pending. */
  readonly seq: Seq | null;
  readonly author: PersonId;
  readonly at: WallMs;
  readonly text: string;
  /** Only of one's own. */
  readonly tick: Tick | null;
};

export interface ConversationView {
  readonly id: ConversationId;
  readonly timeline: Observable<Timeline>;
  /** A text begun and not sent, on any of one's devices. Not of the timeline, so that who draws that does not draw it anew at each keystroke. */
  readonly draft: Observable<string | null>;
  /** Resolves when the window has grown, or could not (see `Timeline.problem`). */
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Moves the window to stand around an entry; `last` follows what comes from then on. */
  jumpTo(place: Seq | 'first' | 'last'): Promise<void>;
  /** Shown at once, as `keeping`; resolves when the message is durable on this device. Empty or too long a text is refused as `text_unfit`. */
  send(text: string): Promise<OrRefusal<OperationNumber>>;
  /**
   * Does something to the group, durable on this device like a message and in one order with them. Resolves once it is in the log here, or was refused;
   * that waits for the server. To take oneself out is to leave.
   */
  act(act: Act): Promise<OrRefusal<void>>;
  /** A page of those who are in the group. Needs the server. */
  members(query?: MembersQuery): Promise<OrRefusal<MembersPage>>;
  /** Who is banned, the longest first, for those who may pardon. Needs the server. */
  bans(): Promise<OrRefusal<readonly Person[]>>;
  /** Sends a failed message again, in its old place in the order. Named by its key: where a device took the place of another, two may have one number. */
  retry(key: string): Promise<void>;
  /** Gives up a failed message; those held back behind it go on. */
  discard(key: string): Promise<void>;
  /** Shown here at once; on the person's other devices within 2 s. An empty text clears it. */
  setDraft(text: string): void;
  /** Call at each keystroke; others are told at most once in 2 s. */
  typing(): void;
  /** Also takes back what was marked unread, as far as it goes. */
  markRead(seq: Seq): void;
  /**
   * Counts what others said from this entry on as unread, on every device of this person; others are told nothing. The entry must be in the
   * window; refused as `place_unknown` where too little of the log is here to count.
   */
  markUnread(seq: Seq): Promise<OrRefusal<void>>;
  /** The first entry of a moment or later; the last one where there is none. Asks the server about as many times as the log's length has digits in base two. */
  findMoment(at: WallMs): Promise<OrRefusal<Seq>>;
  /** Who else has read and received an entry, and when, as far as it is told and remembered. Needs the server. */
  readersOf(seq: Seq): Promise<OrRefusal<readonly Reader[]>>;
  /**
   * All of it that one may see, with what proves it, as a file to keep: `parlour verify --evidence` checks it without a server. Whole, or refused;
   * needs the server. To hold it takes as much memory as the file is long, or room that the platform finds elsewhere.
   */
  exportEvidence(options?: EvidenceOptions): Promise<OrRefusal<Evidence>>;
  close(): void;
}

/** `signal` gives it up. */
export type EvidenceOptions = { readonly onProgress?: (progress: EvidenceProgress) => void; readonly signal?: AbortSignal };
export type EvidenceProgress = { readonly entryCount: number; readonly ofCount: number };
/** `head`: its last entry. */
export type Evidence = { readonly file: Blob; readonly entryCount: number; readonly head: { readonly seq: Seq; readonly chain: Chain } };

export type Timeline = {
  /** `opening`: nothing is known yet; `ready`; `missing`: it does not exist or is not ours to see. */
  readonly state: 'opening' | 'ready' | 'missing';
  /** An unbroken run of the log, oldest first. */
  readonly items: readonly TimelineItem[];
  /** One's own messages that are not yet in the log here; they stand behind the last entry. */
  readonly pending: readonly PendingMessage[];
  /** What one does to the group and is not yet in the log here. One that failed stays until it is given up by `discard`, and holds nothing back. */
  readonly pendingActs: readonly PendingAct[];
  readonly hasOlder: boolean;
  /** Entries lie between the window and the end of the log. Pending messages are then out of sight too. */
  readonly hasNewer: boolean;
  readonly loading: 'older' | 'newer' | 'window' | null;
  /** Why the last load failed; null once one succeeds. */
  readonly problem: ClientRefusal | null;
  /** The first entry one may see. */
  readonly firstSeq: Seq;
  /** The last entry there is. */
  readonly headSeq: Seq;
  /** What the server says of the log up to there, as eight numbers to compare with what others see at that entry; null while nothing is known. */
  readonly headFingerprint: string | null;
  /** How far this person has read, on any device. */
  readonly readSeq: Seq;
  readonly unread: number;
  readonly receipts: readonly Receipt[];
  readonly typing: readonly PersonId[];
};

/** `readAt`: null where it was not read, or when is not known any more. */
export type Reader = { readonly person: PersonId; readonly isReceived: boolean; readonly isRead: boolean; readonly readAt: WallMs | null };

export type Receipt = { readonly person: PersonId; readonly readSeq: Seq; readonly readAt: WallMs | null; readonly receivedSeq: Seq };

type ItemFields = {
  /** The same for a pending message and for the entry it becomes, so that a list need not build it anew. */
  readonly key: string;
  readonly seq: Seq;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  readonly ord: MessageCount;
  /** To show. Never earlier than the item before it in the window. */
  readonly at: WallMs;
  readonly own: boolean;
};

export type TimelineItem = ItemFields &
  (
    | {
        readonly kind: 'message';
        readonly text: string;
        readonly replyTo: readonly Seq[];
        /** Told in the third person, as "/me waves". */
        readonly action: boolean;
        readonly tick: Tick | null;
      }
    /** A message whose body is gone. */
    | { readonly kind: 'erased' }
    | { readonly kind: 'create'; readonly title: string | null }
    | { readonly kind: 'add'; readonly person: PersonId }
    /** `ban`: they cannot come back until they are pardoned. They need not have been here. */
    | { readonly kind: 'remove'; readonly person: PersonId; readonly ban: boolean }
    | { readonly kind: 'role'; readonly person: PersonId; readonly role: Role }
    | { readonly kind: 'pardon'; readonly person: PersonId }
    /** What is undefined stayed as it was. */
    | ({ readonly kind: 'describe' } & DescribeBody)
    | ({ readonly kind: 'rules' } & RulesBody)
    | { readonly kind: 'notice'; readonly text: string }
    /** Made by a newer server than this client: its place is kept, there is nothing to show. */
    | { readonly kind: 'unknown' }
  );

export type PendingMessage = {
  readonly key: string;
  readonly n: OperationNumber;
  readonly text: string;
  readonly at: WallMs;
  /** `keeping`: not yet durable on this device; whoever stops the program now loses it. */
  readonly state: 'keeping' | 'queued' | 'sending' | 'acknowledged' | 'failed';
  /** Why it failed; null in every other state. */
  readonly error: AnyErrorCode | null;
};

export type PendingAct = Pick<PendingMessage, 'key' | 'n' | 'at' | 'state' | 'error'> & { readonly act: Act };

/** Something done to a group: an entry of its log, as a message is. */
export type Act =
  | { readonly kind: 'add'; readonly body: AddBody }
  | { readonly kind: 'remove'; readonly body: RemoveBody }
  | { readonly kind: 'role'; readonly body: RoleBody }
  | { readonly kind: 'pardon'; readonly body: PardonBody }
  | { readonly kind: 'describe'; readonly body: DescribeBody }
  | { readonly kind: 'rules'; readonly body: RulesBody };

/** `members` without oneself, who owns it. */
export type NewGroup = DescribeBody & {
  readonly title: string;
  readonly rules?: RulesBody | undefined;
  readonly members: readonly PersonId[];
};

/** What oneself may know of a group, and do in it. */
export type GroupStanding = {
  /** Null of whoever was taken out, or left: what was there until then can be read, and nothing said. */
  readonly role: Role | null;
  readonly about: string;
  readonly hue: number | null;
  readonly permissions: Permissions;
  readonly newcomersSee: NewcomersSee;
};

export type Member = { readonly person: Person; readonly role: Role; readonly joinedSeq: Seq };
/** `after`: the last one of the page before. */
export type MembersQuery = { readonly after?: PersonId; readonly role?: Role; readonly name?: string; readonly limit?: number };
export type MembersPage = { readonly members: readonly Member[]; readonly more: boolean; readonly count: number | null };

export type EntriesEvent = {
  readonly conversation: ConversationId;
  readonly items: readonly TimelineItem[];
};
