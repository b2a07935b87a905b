import { isMember, type LogState } from '@parlour/core/conversation-log/state';
import { isVisible, lastStay } from '@parlour/core/conversation-log/visibility';
import type { CancelTimer } from '@parlour/core/environment';
import { type ErrorCode, isRefusal, StorageFailure } from '@parlour/core/errors';
import type { DeviceId, MonotonicMs, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ClientFrameKind } from '@parlour/protocol/client-frame';
import type { Notice } from '../ports/bus.ts';
import { presentReceipt } from '../present/present-row.ts';
import { addressKeyOf } from '../usecases/address-key.ts';
import { HeldLimit } from '../usecases/held-limit.ts';
import { RateLimit } from '../usecases/rate-limit.ts';
import type { Connection, Guest } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import type { PresenceBoard } from './presence-board.ts';
import { presentEntriesFrame, presentFrame, presentHeadFrame, presentTypingFrame } from './present-frame.ts';
import { ProfileNews } from './profile-news.ts';
import { FrameBatch, type SharedFrame } from './shared-frame.ts';

type NoticeOf<Name extends Notice['notice']> = Extract<Notice, { notice: Name }>;

const sweepEveryMs = 1_000;
const checkEveryMs = 10_000;
/** Over how long those who are told to sync are spread: once after a gap, and again and again while the bus is broken. */
const gapSync = { afterMs: 0, withinMs: 2_000 };
const brokenSync = { afterMs: 10_000, withinMs: 5_000 };
/** Entries after a removal for as long as which it is told again; beyond, it is found by the next comparison. */
const removalToldWithin = 64;
/** Frames that make the server look through much, by what a device may ask over time and at once. */
const costlyRates = { sync: { perSecond: 1, burst: 5 }, watch: { perSecond: 5, burst: 30 } } as const;

/** All connections of this gateway, and what is told to which of them. */
export class Hub {
  readonly #tools: GatewayTools;
  readonly #presence: PresenceBoard;
  readonly #connections = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #socketsOfAddress: HeldLimit;
  readonly #socketsOfPerson: HeldLimit;
  readonly #unsubscribe: () => void;
  readonly #costly: ReadonlyMap<ClientFrameKind, RateLimit<DeviceId>>;
  readonly #profiles: ProfileNews;
  #due: Connection[] = [];
  #cancelSweep: CancelTimer | null = null;
  #draining = false;
  /** What this turn's batches grow from. */
  batchRoot = new FrameBatch();
  deliveredCount = 0;

  constructor(tools: GatewayTools) {
    this.#tools = tools;
    this.#presence = tools.presence;
    this.#profiles = new ProfileNews(tools);
    const { socketsMax: keysMax, socketsPerAddressMax, socketsPerPersonMax, offlineAfterMs: heldForMs } = tools.limits;
    const { monotonic } = tools.environment;
    const { sharing } = tools;
    this.#socketsOfAddress = new HeldLimit({
      max: socketsPerAddressMax,
      countHere: (address) => this.#perAddress.get(address) ?? 0,
      // Those behind one address may be strangers to each other: nobody loses a socket for it.
      letGo: () => {},
      heldForMs,
      monotonic,
      shared: { name: 'sockets_of_address', sharing },
    });
    this.#socketsOfPerson = new HeldLimit({
      max: socketsPerPersonMax,
      countHere: (person) => this.#presence.connectionsOf(person as PersonId)?.size ?? 0,
      letGo: (person, count) => {
        for (const newest of [...(this.#presence.connectionsOf(person as PersonId) ?? [])].slice(-count)) newest.endOverCap();
      },
      heldForMs,
      monotonic,
      shared: { name: 'sockets_of_person', sharing },
    });
    this.#costly = new Map([
      ['sync', new RateLimit({ ...costlyRates.sync, keysMax, monotonic })],
      ['watch', new RateLimit({ ...costlyRates.watch, keysMax, monotonic })],
    ]);
    const unsubscribe = tools.bus.subscribe((notice) => this.#hear(notice));
    const unmind = tools.bus.onGap(() => this.#syncAll(tools.environment.monotonic()));
    this.#unsubscribe = () => {
      unsubscribe();
      unmind();
    };
    this.#sweepLater();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** [CAP-1] Asked before a socket is accepted, so that those beyond the caps cost nothing. */
  admits(address: string): ErrorCode | null {
    if (this.#draining) return 'draining';
    if (this.#connections.size >= this.#tools.limits.socketsMax) return 'too_many_connections';
    return this.#socketsOfAddress.hasRoom(addressKeyOf(address)) ? null : 'too_many_connections';
  }

  /** [SYNC-3] Digests and lists of the watched are compared at most so often. @returns 0, or how many milliseconds to wait */
  waitBefore(kind: ClientFrameKind, device: DeviceId): number {
    return this.#costly.get(kind)?.take(device, 1) ?? 0;
  }

  accept(connection: Connection): void {
    this.#connections.add(connection);
    const address = addressKeyOf(connection.address);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    this.#socketsOfAddress.changed(address);
  }

  /** The connection has said who it is. @returns whether it may stay */
  enter(connection: Connection, { identity }: Guest): boolean {
    if (!this.#socketsOfPerson.hasRoom(identity.person)) return false;
    this.#presence.enter(connection, identity.person);
    this.#socketsOfPerson.changed(identity.person);
    if (this.#tools.bus.isBroken) this.#syncLater(connection, brokenSync);
    return true;
  }

  /** [NODE-1] Resolves once all that is told to the person from then on comes here. @returns how to stop; null where it comes anyway @throws StorageFailure */
  follow(person: PersonId): Promise<() => void> | null {
    return this.#tools.bus.isShared ? this.#tools.following.follow(person) : null;
  }

  leave(connection: Connection, guest: Guest | null, clean: boolean): void {
    this.#connections.delete(connection);
    const address = addressKeyOf(connection.address);
    const count = (this.#perAddress.get(address) ?? 1) - 1;
    if (count > 0) this.#perAddress.set(address, count);
    else this.#perAddress.delete(address);
    this.#socketsOfAddress.changed(address);
    if (!guest) return;
    this.#presence.leave(connection, guest.identity.person, clean);
    this.#socketsOfPerson.changed(guest.identity.person);
  }

  flushAtEndOfTurn(connection: Connection): void {
    this.#due.push(connection);
    if (this.#due.length > 1) return;
    this.#tools.environment.endOfTurn(() => {
      const due = this.#due;
      this.#due = [];
      this.batchRoot = new FrameBatch();
      for (const each of due) each.flush();
    });
  }

  /** No new sockets; those there are told to come back, spread over `overMs`. */
  drain(overMs: number): void {
    this.#draining = true;
    this.#presence.drain();
    for (const connection of this.#connections) {
      const reconnectAfterMs = Math.round(this.#tools.environment.random() * overMs);
      connection.answer(presentFrame({ kind: 'draining', reconnectAfterMs }));
      connection.end('draining', reconnectAfterMs);
    }
  }

  stop(): void {
    this.#unsubscribe();
    this.#profiles.stop();
    this.#cancelSweep?.();
    this.#cancelSweep = null;
  }

  #hear(notice: Notice): void {
    const told = this.#tell(notice);
    if (told) told.catch((fault) => this.#tellLost(notice, fault));
  }

  /** Synchronous where the members are remembered: that is every notice of this node's own appends. */
  #tell(notice: Notice): Promise<unknown> | null {
    switch (notice.notice) {
      case 'entries':
      case 'head':
        if (notice.notice === 'head') this.#tools.owners.learn(notice.conversation, notice.head.seq);
        else this.#tools.owners.hear(notice.conversation, notice.previous, notice.entries);
        return this.#withState(notice, notice.memberSeq, (state) => {
          const isChanged = notice.notice === 'entries' && notice.memberSeq !== notice.prevMemberSeq;
          this.#tools.following.notice(state, isChanged, this.#online(state));
          return notice.notice === 'entries' ? this.#tellEntries(notice, state) : this.#tellHead(notice, state);
        });
      case 'marker':
        return this.#withState(notice, notice.memberSeq, (state) => this.#tellMarker(notice, state));
      case 'typing':
        return this.#withState(notice, notice.memberSeq, (state) => this.#tellTyping(notice, state));
      case 'registers':
        return this.#tellRegisters(notice);
      case 'logins_ended':
        this.#endLogins(notice);
        return null;
      case 'presence':
        this.#presence.hear(notice);
        return null;
      case 'watched':
        this.#presence.answer(notice);
        return null;
      case 'person':
        this.#profiles.changed(notice.person);
        return null;
      case 'node':
      case 'unanswered':
      case 'stream':
      case 'uses':
        return null;
    }
  }

  #withState(
    notice: { readonly conversation: LogState['conversation'] },
    memberSeq: number,
    tell: (state: LogState) => Promise<void> | null,
  ): Promise<unknown> | null {
    const { owners } = this.#tools;
    const known = owners.peek(notice.conversation);
    if (known && known.memberSeq >= memberSeq) {
      return tell(known);
    }
    return owners.view(notice.conversation, memberSeq as LogState['memberSeq']).then(tell);
  }

  /** [FAN-1] One frame for all; only whoever may not see the whole run gets one of their own. */
  #tellEntries({ conversation, previous, entries, memberSeq }: NoticeOf<'entries'>, state: LogState): null {
    let shared: SharedFrame | null = null;
    let head: SharedFrame | null = null;
    const first = entries[0];
    const last = entries.at(-1);
    if (!first || !last) return null;
    const headOfAll = (): SharedFrame => {
      head ??= presentHeadFrame(conversation, { seq: last.seq, chain: last.chain });
      return head;
    };
    for (const [person, connections] of this.#online(state)) {
      const stays = state.members.get(person)?.stays ?? [];
      const stay = stays.at(-1);
      const seesAll = stay?.untilSeq === null && stay.fromSeq <= first.seq;
      let frame = shared;
      let headOf = headOfAll;
      if (!seesAll) {
        const seen = entries.filter((entry) => isVisible(stays, entry.seq));
        const firstSeen = seen[0];
        const lastSeen = seen.at(-1);
        if (!firstSeen || !lastSeen) continue;
        headOf = () => presentHeadFrame(conversation, { seq: lastSeen.seq, chain: lastSeen.chain });
        const before = entries.find((entry) => entry.seq === firstSeen.seq - 1);
        frame = presentEntriesFrame(conversation, before ? { seq: before.seq, chain: before.chain } : previous, seen, memberSeq);
      } else if (!frame) {
        shared = presentEntriesFrame(conversation, previous, entries, memberSeq);
        frame = shared;
      }
      if (!frame) continue;
      for (const connection of connections) {
        this.deliveredCount++;
        connection.tell(conversation, frame, headOf);
      }
    }
    return null;
  }

  #tellHead({ conversation, head }: NoticeOf<'head'>, state: LogState): Promise<void> | null {
    const frame = presentHeadFrame(conversation, head);
    const goneAt = new Map<Seq, Connection[]>();
    for (const [person, connections] of this.#online(state)) {
      const stay = lastStay(state, person);
      if (!stay) continue;
      if (stay.untilSeq === null && stay.fromSeq <= head.seq)
        for (const connection of connections) connection.tell(conversation, frame, () => frame);
      else if (stay.untilSeq !== null && stay.untilSeq <= head.seq + 1 && head.seq - stay.untilSeq < removalToldWithin)
        goneAt.set((stay.untilSeq - 1) as Seq, [...(goneAt.get((stay.untilSeq - 1) as Seq) ?? []), ...connections]);
    }
    return goneAt.size > 0 ? this.#tellRemovals(conversation, goneAt) : null;
  }

  /** [OWN-8] Whoever was taken out is told again of that, which was their last entry, and of nothing after it. */
  async #tellRemovals(conversation: LogState['conversation'], goneAt: ReadonlyMap<Seq, readonly Connection[]>): Promise<void> {
    for (const [seq, connections] of goneAt) {
      // This only repeats what was said: where it cannot be read now, the next repetition or their own comparison says it.
      const [removal] = await this.#tools.store.loadRange(conversation, { fromSeq: seq, untilSeq: (seq + 1) as Seq }).catch(() => []);
      if (!removal) continue;
      const frame = presentHeadFrame(conversation, { seq, chain: removal.chain });
      for (const connection of connections) connection.tell(conversation, frame, () => frame);
    }
  }

  #tellMarker({ conversation, person, marker, readAt }: NoticeOf<'marker'>, state: LogState): null {
    const { readSeq, readOrd, readMine, receivedSeq } = marker;
    const own = presentFrame({ kind: 'marker', conversation, person, readSeq, receivedSeq, readOrd, readMine });
    for (const connection of this.#presence.connectionsOf(person) ?? []) connection.tellOrSync(own);
    // Of somebody who was taken out nobody waits for anything.
    if (state.members.size > limits.receiptMembersMax || !isMember(state, person)) return null;
    const frames = new Map<boolean, SharedFrame>();
    for (const [other, connections] of this.#online(state)) {
      if (other === person || !isMember(state, other)) continue;
      for (const connection of connections) {
        const seesReads = connection.guest?.settings.receipts ?? false;
        const frame =
          frames.get(seesReads) ?? presentFrame({ kind: 'marker', conversation, person, ...presentReceipt(marker, readAt, seesReads) });
        frames.set(seesReads, frame);
        connection.tellOrSync(frame);
      }
    }
    return null;
  }

  #tellTyping({ conversation, person }: NoticeOf<'typing'>, state: LogState): null {
    if (state.members.size > limits.receiptMembersMax || !isMember(state, person)) return null;
    const frame = presentTypingFrame(conversation, person);
    for (const [other, connections] of this.#online(state)) {
      if (other === person || !isMember(state, other)) continue;
      for (const connection of connections) connection.hint(frame);
    }
    return null;
  }

  async #tellRegisters({ person, headVer }: NoticeOf<'registers'>): Promise<void> {
    const connections = this.#presence.connectionsOf(person);
    if (!connections) return;
    const frame = presentFrame({ kind: 'registers_changed', headVer });
    for (const connection of connections) connection.tellOrSync(frame);
    const settings = await this.#tools.settings.load(person);
    for (const connection of connections) if (connection.guest) connection.guest.settings = settings;
  }

  /** [LOGIN-1] Ended logins lose their sockets at once. */
  #endLogins({ person, login }: NoticeOf<'logins_ended'>): void {
    for (const connection of [...(this.#presence.connectionsOf(person) ?? [])]) {
      if (login === null || connection.guest?.identity.login === login) connection.end('login_ended');
    }
  }

  /** Members who are here: found from whichever side is smaller, so a large group costs by who is online. */
  *#online(state: LogState): Iterable<[PersonId, ReadonlySet<Connection>]> {
    if (state.members.size <= this.#presence.onlineCount) {
      for (const person of state.members.keys()) {
        const connections = this.#presence.connectionsOf(person);
        if (connections) yield [person, connections];
      }
      return;
    }
    for (const person of this.#presence.people()) {
      const connections = state.members.has(person) ? this.#presence.connectionsOf(person) : undefined;
      if (connections) yield [person, connections];
    }
  }

  /** Members could not be read: everyone here is told to sync, which reads them again. */
  #tellLost(notice: Notice, fault: unknown): void {
    if (!(fault instanceof StorageFailure)) this.#tools.reportFault(fault, notice.notice);
    const frame = presentFrame({ kind: 'resync' });
    for (const connection of this.#connections) if (connection.guest) connection.tellOrSync(frame);
  }

  /** [NODE-2] Notices may have been missed: everybody compares, not all at once. */
  #syncAll(now: MonotonicMs): void {
    this.#presence.askAgain();
    for (const connection of this.#connections) {
      if (connection.resyncDueAt === null || connection.resyncDueAt > now + gapSync.withinMs) this.#syncLater(connection, gapSync);
    }
  }

  #syncLater(connection: Connection, { afterMs, withinMs }: typeof gapSync): void {
    const { monotonic, random } = this.#tools.environment;
    connection.resyncDueAt = (monotonic() + afterMs + random() * withinMs) as MonotonicMs;
  }

  /** While nothing passes, comparing is how anything is heard of. */
  #tellToSync(connection: Connection, guest: Guest): void {
    connection.resyncDueAt = null;
    if (this.#tools.bus.isBroken) this.#syncLater(connection, brokenSync);
    connection.tellOrSync(presentFrame({ kind: 'resync' }));
    this.#tools.settings.load(guest.identity.person).then(
      (settings) => {
        guest.settings = settings;
      },
      (fault) => {
        if (!(fault instanceof StorageFailure)) this.#tools.reportFault(fault, 'settings');
      },
    );
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#tools.environment.timer(sweepEveryMs, () => {
      this.#sweep();
      this.#sweepLater();
    });
  }

  #sweep(): void {
    const { environment, limits: gatewayLimits } = this.#tools;
    const now = environment.monotonic();
    const wallNow = environment.now();
    for (const connection of this.#connections) {
      const guest = connection.guest;
      if (!guest) continue;
      if (now - connection.lastSignAt >= gatewayLimits.offlineAfterMs) connection.cut('idle');
      else if (guest.identity.expiresAt <= wallNow) connection.end('unauthenticated');
      else if (connection.relieve(now)) connection.cut('slow_consumer');
      else {
        if (connection.resyncDueAt !== null && connection.resyncDueAt <= now) this.#tellToSync(connection, guest);
        if (now - connection.lastPingAt >= gatewayLimits.pingIntervalMs) connection.ping(now);
        if (now - connection.lastCheckAt >= checkEveryMs) this.#check(connection, guest);
      }
    }
    this.#presence.sweep(now);
  }

  /** [LOGIN-2] Within 30 s a login that ended is noticed even where the notice was lost. */
  #check(connection: Connection, { identity }: Guest): void {
    connection.lastCheckAt = this.#tools.environment.monotonic();
    this.#tools.authenticator.checkIdentity(identity).then(
      (checked) => {
        if (isRefusal(checked)) connection.end(checked.refused);
      },
      (fault) => {
        if (!(fault instanceof StorageFailure)) this.#tools.reportFault(fault, 'login check');
      },
    );
  }
}
