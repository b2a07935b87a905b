import { directConversationId } from '@parlour/core/conversation-log/chain';
import type { MonotonicMs, PersonId, WallMs } from '@parlour/core/ids';
import type { PresenceOnWire } from '@parlour/protocol/parts';
import type { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { presentFrame } from './present-frame.ts';

export type PresenceTools = Pick<
  GatewayTools,
  'environment' | 'owners' | 'store' | 'directory' | 'settings' | 'digest16' | 'limits' | 'reportFault'
>;

type Here = {
  readonly connections: Set<Connection>;
  /** Set while the last connection broke without a word: offline only after this. */
  graceUntil: MonotonicMs | null;
};

/** People in one write of when they were here last. */
const notedAtOnceMax = 500;
/** It is written to the second, so that those who leave together are one statement. */
const noteStepMs = 1_000;

/**
 * Who is here, told to those who look. [PRES-3] A person is online while a connection is, offline at once when the last one said goodbye,
 * and after `offlineAfterMs` without a sign of life when it just broke.
 */
export class PresenceBoard {
  readonly #tools: PresenceTools;
  readonly #here = new Map<PersonId, Here>();
  readonly #watchers = new Map<PersonId, Set<Connection>>();
  /** Gone since the last write; written together, for each write is a sync to disk. */
  readonly #gone = new Map<PersonId, WallMs>();
  #isNoting = false;

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
    return this.#watchers.get(person) ?? [];
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
    this.#here.set(person, { connections: new Set([connection]), graceUntil: null });
    this.#tell(person, { person, presence: 'online' });
  }

  leave(connection: Connection, person: PersonId, clean: boolean): void {
    this.#unwatch(connection);
    const here = this.#here.get(person);
    if (!here?.connections.delete(connection) || here.connections.size > 0) return;
    const graceUntil = (connection.lastSignAt + this.#tools.limits.offlineAfterMs) as MonotonicMs;
    if (clean || graceUntil <= this.#tools.environment.monotonic()) this.#goOffline(person);
    else here.graceUntil = graceUntil;
  }

  /** Called every second: those whose grace has passed are gone. */
  sweep(now: MonotonicMs): void {
    for (const [person, { graceUntil }] of this.#here) if (graceUntil !== null && graceUntil <= now) this.#goOffline(person);
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
    this.#unwatch(connection);
    connection.watched = wanted;
    for (const person of wanted) {
      const watchers = this.#watchers.get(person);
      if (watchers) watchers.add(connection);
      else this.#watchers.set(person, new Set([connection]));
    }
    // Who came or went while this was looked up has been told of already.
    const found = await this.#presenceOf(wanted);
    const current = found.filter(({ person, presence }) => this.#here.has(person) === (presence === 'online'));
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
    const offline = people.filter((person) => !this.#here.has(person));
    const lastSeen = offline.length > 0 ? await this.#tools.directory.loadLastSeen(offline) : new Map<PersonId, WallMs>();
    return Promise.all(
      people.map(async (person): Promise<PresenceOnWire> => {
        if (this.#here.has(person)) return { person, presence: 'online' };
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

  #goOffline(person: PersonId): void {
    this.#here.delete(person);
    const at = this.#tools.environment.now();
    this.#gone.set(person, at);
    if (!this.#watchers.has(person)) return;
    this.#offline(person, at).then(
      (presence) => this.#tell(person, presence),
      (fault) => this.#tools.reportFault(fault, 'last seen'),
    );
  }

  #tell(person: PersonId, presence: PresenceOnWire): void {
    const watchers = this.#watchers.get(person);
    if (!watchers || (presence.presence === 'offline' && this.#here.has(person))) return;
    const frame = presentFrame({ kind: 'presence', people: [presence] });
    for (const watcher of watchers) watcher.hint(frame);
  }

  #unwatch(connection: Connection): void {
    for (const person of connection.watched) {
      const watchers = this.#watchers.get(person);
      watchers?.delete(connection);
      if (watchers?.size === 0) this.#watchers.delete(person);
    }
    connection.watched = [];
  }
}
