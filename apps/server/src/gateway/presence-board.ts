import { directConversationId } from '@parlour/core/conversation-log/chain';
import type { MonotonicMs, PersonId, WallMs } from '@parlour/core/ids';
import type { PresenceOnWire } from '@parlour/protocol/parts';
import type { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { presentFrame } from './present-frame.ts';

export type PresenceTools = Pick<GatewayTools, 'environment' | 'owners' | 'directory' | 'settings' | 'digest16' | 'limits' | 'reportFault'>;

type Here = {
  readonly connections: Set<Connection> /** Set while the last connection broke without a word: offline only after this. */;
  graceUntil: MonotonicMs | null;
};

/**
 * Who is here, told to those who look. [PRES-3] A person is online while a connection is, offline at once when the last one said goodbye,
 * and after `offlineAfterMs` without a sign of life when it just broke.
 */
export class PresenceBoard {
  readonly #tools: PresenceTools;
  readonly #here = new Map<PersonId, Here>();
  readonly #watchers = new Map<PersonId, Set<Connection>>();

  constructor(tools: PresenceTools) {
    this.#tools = tools;
  }

  get onlineCount(): number {
    return this.#here.size;
  }

  connectionsOf(person: PersonId): ReadonlySet<Connection> | undefined {
    return this.#here.get(person)?.connections;
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
  }

  /** [PRES-4] Only people with whom one shares a conversation are shown; others stay silent, as if they were never asked for. @throws StorageFailure */
  async watch(connection: Connection, reader: PersonId, people: readonly PersonId[]): Promise<void> {
    const turn = ++connection.watchCount;
    const wanted: PersonId[] = [];
    for (const person of people) {
      const direct = directConversationId(this.#tools.digest16, reader, person);
      const state = this.#tools.owners.peek(direct) ?? (await this.#tools.owners.view(direct));
      if (state.type !== null) wanted.push(person);
    }
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

  async #presenceOf(people: readonly PersonId[]): Promise<PresenceOnWire[]> {
    const offline = people.filter((person) => !this.#here.has(person));
    const lastSeen = offline.length > 0 ? await this.#tools.directory.loadLastSeen(offline) : new Map<PersonId, WallMs>();
    return Promise.all(
      people.map(async (person): Promise<PresenceOnWire> => {
        if (this.#here.has(person)) return { person, presence: 'online' };
        return this.#offline(person, lastSeen.get(person) ?? null);
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
    this.#noteAndTell(person, at).catch((fault) => this.#tools.reportFault(fault, 'last seen'));
  }

  async #noteAndTell(person: PersonId, at: WallMs): Promise<void> {
    this.#tell(person, await this.#offline(person, at));
    await this.#tools.directory.noteLastSeen([{ person, at }]);
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
