import { directConversationId } from '@parlour/core/conversation-log/chain';
import type { MonotonicMs, PersonId, WallMs } from '@parlour/core/ids';
import type { PresenceOnWire } from '@parlour/protocol/parts';
import type { NodeName, Notice } from '../ports/bus.ts';
import type { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { presentFrame } from './present-frame.ts';

export type PresenceTools = Pick<
  GatewayTools,
  'node' | 'bus' | 'following' | 'environment' | 'owners' | 'store' | 'directory' | 'settings' | 'digest16' | 'limits' | 'reportFault'
>;

type Here = {
  readonly connections: Set<Connection>;
  /** Set while the last connection broke without a word: offline only after this. */
  graceUntil: MonotonicMs | null;
  /** Who asks whether they are here is heard as long as they are. */
  readonly unfollow: () => void;
};

type NoticeOf<Name extends Notice['notice']> = Extract<Notice, { notice: Name }>;

/** Who looks at a person, and where else the person is, each until when without a further word. */
type Watchers = {
  readonly connections: Set<Connection>;
  readonly elsewhere: Map<NodeName, MonotonicMs>;
  askDueAt: MonotonicMs;
  unfollow: () => void;
};

/** People in one write of when they were here last. */
const notedAtOnceMax = 500;
/** It is written to the second, so that those who leave together are one statement. */
const noteStepMs = 1_000;

/**
 * Who is here, told to those who look. [PRES-3] A person is online while a connection is, offline at once when the last one said goodbye,
 * and after `offlineAfterMs` without a sign of life when it just broke. [NODE-3] Over several nodes they are online while they are on one of them: each
 * tells those who look when somebody comes and goes, and is asked now and then, so that a node that died or was not heard counts for `offlineAfterMs`.
 */
export class PresenceBoard {
  readonly #tools: PresenceTools;
  readonly #here = new Map<PersonId, Here>();
  readonly #watchers = new Map<PersonId, Watchers>();
  /** Gone since the last write; written together, for each write is a sync to disk. */
  readonly #gone = new Map<PersonId, WallMs>();
  #isNoting = false;
  #isDraining = false;

  constructor(tools: PresenceTools) {
    this.#tools = tools;
  }

  get onlineCount(): number {
    return this.#here.size;
  }

  connectionsOf(person: PersonId): ReadonlySet<Connection> | undefined {
    return this.#here.get(person)?.connections;
  }

  watchersOf(person: PersonId): Iterable<Connection> {
    return this.#watchers.get(person)?.connections ?? [];
  }

  people(): IterableIterator<PersonId> {
    return this.#here.keys();
  }

  enter(connection: Connection, person: PersonId): void {
    const here = this.#here.get(person);
    if (here) {
      here.connections.add(connection);
      here.graceUntil = null;
      return;
    }
    this.#here.set(person, { connections: new Set([connection]), graceUntil: null, unfollow: this.#tools.following.hold(person) });
    this.#publish(person, true);
    this.#tell(person, { person, presence: 'online' });
  }

  leave(connection: Connection, person: PersonId, clean: boolean): void {
    this.#unwatch(connection, connection.watched);
    connection.watched = [];
    const here = this.#here.get(person);
    if (!here?.connections.delete(connection) || here.connections.size > 0) return;
    const graceUntil = (connection.lastSignAt + this.#tools.limits.offlineAfterMs) as MonotonicMs;
    if (clean || graceUntil <= this.#tools.environment.monotonic()) this.#goOffline(person);
    else here.graceUntil = graceUntil;
  }

  /** Whoever was sent away comes back at another node; those who do not are missed there after their grace. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Called every second: those whose grace has passed are gone. */
  sweep(now: MonotonicMs): void {
    for (const [person, { graceUntil }] of this.#here) if (graceUntil !== null && graceUntil <= now) this.#goOffline(person);
    if (this.#tools.bus.isShared) this.#sweepElsewhere(now);
    this.noteGone().catch((fault) => this.#tools.reportFault(fault, 'last seen'));
  }

  /** Writes down who has gone since the last time. What fails is tried again with the next. @throws StorageFailure */
  async noteGone(): Promise<void> {
    if (this.#isNoting) return;
    this.#isNoting = true;
    try {
      while (this.#gone.size > 0) {
        const seen = [...this.#gone].slice(0, notedAtOnceMax);
        const bySecond = Map.groupBy(seen, ([, at]) => (at - (at % noteStepMs)) as WallMs);
        for (const [at, gone] of bySecond) {
          const people = gone.map(([person]) => person);
          await this.#tools.directory.noteLastSeen(people, at);
        }
        for (const [person, at] of seen) if (this.#gone.get(person) === at) this.#gone.delete(person);
      }
    } finally {
      this.#isNoting = false;
    }
  }

  /** [PRES-4] Only people with whom one shares a conversation are shown; others stay silent, as if they were never asked for. @throws StorageFailure */
  async watch(connection: Connection, reader: PersonId, people: readonly PersonId[]): Promise<void> {
    const turn = ++connection.watchCount;
    const wanted = await this.#acquainted(reader, people);
    if (connection.isClosed || turn !== connection.watchCount) return;
    const before = connection.watched;
    connection.watched = wanted;
    for (const person of wanted) this.#watchersOf(person).connections.add(connection);
    this.#unwatch(
      connection,
      before.filter((person) => !wanted.includes(person)),
    );
    // Who came or went while this was looked up has been told of already.
    const found = await this.#presenceOf(wanted);
    const current = found.filter(({ person, presence }) => this.#isOnline(person) === (presence === 'online'));
    if (current.length > 0) connection.hint(presentFrame({ kind: 'presence', people: current }));
  }

  /** Those with whom the reader has a direct conversation. It is looked up beside the owners: whoever asks for strangers pushes nothing out of what they remember. */
  async #acquainted(reader: PersonId, people: readonly PersonId[]): Promise<PersonId[]> {
    const { owners, store, digest16 } = this.#tools;
    const directs = people.map((person) => ({ person, direct: directConversationId(digest16, reader, person) }));
    const unknown = directs.filter(({ direct }) => owners.peek(direct) === undefined).map(({ direct }) => direct);
    const rows = unknown.length > 0 ? await store.loadRows(reader, unknown) : [];
    const found = new Set(rows.map(({ conversation }) => conversation));
    return directs.filter(({ direct }) => found.has(direct) || (owners.peek(direct)?.type ?? null) !== null).map(({ person }) => person);
  }

  async #presenceOf(people: readonly PersonId[]): Promise<PresenceOnWire[]> {
    const offline = people.filter((person) => !this.#isOnline(person));
    const lastSeen = offline.length > 0 ? await this.#tools.directory.loadLastSeen(offline) : new Map<PersonId, WallMs>();
    return Promise.all(
      people.map(async (person): Promise<PresenceOnWire> => {
        if (this.#isOnline(person)) return { person, presence: 'online' };
        return this.#offline(person, this.#gone.get(person) ?? lastSeen.get(person) ?? null);
      }),
    );
  }

  /** [PRES-5] Who hides when they were here last hides it from everyone. */
  async #offline(person: PersonId, lastSeenAt: WallMs | null): Promise<PresenceOnWire> {
    const { settings } = this.#tools;
    const shown = (settings.peek(person) ?? (await settings.load(person))).lastSeen;
    return { person, presence: 'offline', ...(shown && lastSeenAt !== null ? { lastSeenAt } : {}) };
  }

  /** Another node says whether it has the person. */
  hear({ person, node, isHere, at }: NoticeOf<'presence'>): void {
    const watchers = this.#watchers.get(person);
    if (!watchers || node === this.#tools.node) return;
    const wasOnline = this.#isOnline(person);
    if (isHere) watchers.elsewhere.set(node, this.#heardUntil());
    else watchers.elsewhere.delete(node);
    if (isHere && !wasOnline) this.#tell(person, { person, presence: 'online' });
    else if (wasOnline) this.#tellGone(person, at);
  }

  /** Another node asks for the person. */
  answer({ person, node }: NoticeOf<'watched'>): void {
    if (node !== this.#tools.node && this.#here.has(person)) this.#publish(person, true);
  }

  /** Who is where may have changed unheard. */
  askAgain(): void {
    for (const watchers of this.#watchers.values()) watchers.askDueAt = Number.NEGATIVE_INFINITY as MonotonicMs;
  }

  #publish(person: PersonId, isHere: boolean): void {
    const { bus, node, environment } = this.#tools;
    if (!isHere && this.#isDraining) return;
    if (bus.isShared) bus.publish({ notice: 'presence', person, node, isHere, at: environment.now() }, () => [`presence.${person}`]);
  }

  #ask(person: PersonId): void {
    const { bus, node } = this.#tools;
    bus.publish({ notice: 'watched', person, node }, () => [`person.${person}`]);
  }

  #sweepElsewhere(now: MonotonicMs): void {
    for (const [person, watchers] of this.#watchers) {
      for (const [node, until] of watchers.elsewhere) {
        if (until > now) continue;
        watchers.elsewhere.delete(node);
        if (this.#isOnline(person)) continue;
        // Whoever would have written it down is gone.
        this.#gone.set(person, this.#tools.environment.now());
        this.#tellGone(person, this.#tools.environment.now());
      }
      if (watchers.askDueAt <= now) {
        watchers.askDueAt = (now + this.#tools.limits.pingIntervalMs) as MonotonicMs;
        this.#ask(person);
      }
    }
  }

  #heardUntil(): MonotonicMs {
    return (this.#tools.environment.monotonic() + this.#tools.limits.offlineAfterMs) as MonotonicMs;
  }

  #isOnline(person: PersonId): boolean {
    return this.#here.has(person) || (this.#watchers.get(person)?.elsewhere.size ?? 0) > 0;
  }

  #watchersOf(person: PersonId): Watchers {
    const known = this.#watchers.get(person);
    if (known) return known;
    const { bus, environment, limits } = this.#tools;
    // Asked as often as sockets are for a sign of life.
    const askDueAt = (environment.monotonic() + limits.pingIntervalMs) as MonotonicMs;
    const watchers: Watchers = { connections: new Set(), elsewhere: new Map(), askDueAt, unfollow: () => {} };
    this.#watchers.set(person, watchers);
    if (!bus.isShared) return watchers;
    watchers.unfollow = bus.follow(`presence.${person}`);
    this.#ask(person);
    return watchers;
  }

  #goOffline(person: PersonId): void {
    this.#here.get(person)?.unfollow();
    this.#here.delete(person);
    const at = this.#tools.environment.now();
    this.#gone.set(person, at);
    this.#publish(person, false);
    this.#tellGone(person, at);
  }

  #tellGone(person: PersonId, at: WallMs): void {
    if (!this.#watchers.has(person) || this.#isOnline(person)) return;
    this.#offline(person, at).then(
      (presence) => this.#tell(person, presence),
      (fault) => this.#tools.reportFault(fault, 'last seen'),
    );
  }

  #tell(person: PersonId, presence: PresenceOnWire): void {
    const watchers = this.#watchers.get(person);
    if (!watchers || (presence.presence === 'offline' && this.#isOnline(person))) return;
    const frame = presentFrame({ kind: 'presence', people: [presence] });
    for (const watcher of watchers.connections) watcher.hint(frame);
  }

  #unwatch(connection: Connection, people: readonly PersonId[]): void {
    for (const person of people) {
      const watchers = this.#watchers.get(person);
      watchers?.connections.delete(connection);
      if (watchers?.connections.size !== 0) continue;
      watchers.unfollow();
      this.#watchers.delete(person);
    }
  }
}
