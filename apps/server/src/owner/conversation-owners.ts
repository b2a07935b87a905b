import type { DecideContext } from '@parlour/core/conversation-log/decide';
import type { Entry, Operation, Position } from '@parlour/core/conversation-log/entry';
import type { LogState } from '@parlour/core/conversation-log/state';
import type { CancelTimer, Digest16, Environment } from '@parlour/core/environment';
import { type Refusal, StorageFailure } from '@parlour/core/errors';
import type { ConversationId, PersonId, Salt, Seq } from '@parlour/core/ids';
import type { Marker, MarkerWish } from '@parlour/core/marker';
import type { Bus } from '../ports/bus.ts';
import type { LogStore } from '../ports/log-store.ts';
import { ConversationOwner } from './conversation-owner.ts';
import { newOwnerCounters, type OwnerCounters } from './owner-counters.ts';
import type { OwnerLimits } from './owner-limits.ts';
import type { OperationAnswer, OwnerTools } from './owner-tools.ts';

export type OwnersOptions = {
  readonly store: LogStore;
  readonly bus: Bus;
  readonly environment: Environment;
  readonly digest16: Digest16;
  readonly mintSalt: () => Salt;
  /** Conversations remembered; beyond, idle ones are forgotten. */
  readonly ownersKeptMax: number;
  /** Newest entries of a conversation that are remembered to recognise what comes again. */
  readonly marksKept: number;
  readonly limits: OwnerLimits;
};

/** A store's server that went takes every connection with it; one that is lost by itself is not likely to mean that. */
export type StoreLoss = 'a_connection' | 'every_connection';

/** When a head is told again after an append, so that a lost frame heals without waiting for a sync. */
const announceAfterMs = [1_000, 4_000, 16_000] as const;
const sweepEveryMs = 1_000;
/** A notice of an append comes within this time, or not at all: whoever was paused or cut off for longer has lost its connections. */
const lateNoticeMs = 60_000;

/**
 * All conversations this node appends to. Whatever became ready in one turn of the event loop goes to disk in one group commit;
 * one is under way at a time, and what arrives meanwhile makes the next.
 */
export class ConversationOwners {
  readonly counters: OwnerCounters = newOwnerCounters();
  readonly #options: OwnersOptions;
  readonly #owners = new Map<ConversationId, ConversationOwner>();
  readonly #ready = new Set<ConversationOwner>();
  readonly #announcements = new Map<ConversationOwner, { stage: number; dueAt: number }>();
  readonly #tools: OwnerTools;
  #flushScheduled = false;
  #committing = false;
  /** Until then what is heard of an append may be of one that is gone, and is read instead. */
  #believesFrom = 0;
  #cancelSweep: CancelTimer | null = null;
  #whenQuiet: (() => void)[] = [];

  constructor(options: OwnersOptions) {
    this.#options = options;
    const { store, bus, environment, digest16, mintSalt, marksKept, limits } = options;
    const context = (): DecideContext => ({ digest16, salt: mintSalt, now: environment.now() });
    this.#tools = {
      store,
      bus,
      counters: this.counters,
      context,
      now: environment.now,
      ready: (owner) => this.#becomeReady(owner),
      committed: (owner) => this.#announceLater(owner),
      marksKept,
      limits,
    };
  }

  send(conversation: ConversationId, operations: readonly Operation[]): Promise<readonly OperationAnswer[]> {
    return this.#ownerOf(conversation).send(operations);
  }

  /** @throws StorageFailure */
  mark(conversation: ConversationId, person: PersonId, wish: MarkerWish): Promise<Marker | Refusal> {
    return this.#ownerOf(conversation).mark(person, wish);
  }

  /** The state as far as it is remembered; undefined where it is not. */
  peek(conversation: ConversationId): LogState | undefined {
    return this.#owners.get(conversation)?.peek() ?? undefined;
  }

  /** @param memberSeq the state must know the members at least as of this seq @throws StorageFailure */
  view(conversation: ConversationId, memberSeq: Seq = 0 as Seq): Promise<LogState> {
    return this.#ownerOf(conversation).view(memberSeq);
  }

  /** The state as it is stored, for whoever knows that what is remembered may be old. @throws StorageFailure */
  viewStored(conversation: ConversationId): Promise<LogState> {
    return this.#ownerOf(conversation).viewStored();
  }

  /** Somewhere it was seen that the log is at least this long. */
  learn(conversation: ConversationId, headSeq: Seq): void {
    this.#owners.get(conversation)?.learn(headSeq);
  }

  /** Entries that were appended, here or elsewhere. */
  hear(conversation: ConversationId, previous: Position, entries: readonly Entry[]): void {
    const owner = this.#owners.get(conversation);
    if (this.#options.environment.monotonic() >= this.#believesFrom) owner?.hear(previous, entries);
    else owner?.learn((previous.seq + entries.length) as Seq);
  }

  /** Another server may answer for the store from now on, and need not know all that the one before had said. */
  storeLost(loss: StoreLoss): void {
    if (loss === 'every_connection') this.#believesFrom = this.#options.environment.monotonic() + lateNoticeMs;
    for (const owner of this.#owners.values()) owner.storeLost();
  }

  get rememberedCount(): number {
    return this.#owners.size;
  }

  /** Resolves when nothing is under way; what is sent afterwards is not waited for. */
  quiet(): Promise<void> {
    if (this.#isQuiet()) return Promise.resolve();
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  #isQuiet(): boolean {
    return !this.#committing && this.#ready.size === 0 && [...this.#owners.values()].every((owner) => owner.isIdle);
  }

  stop(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = null;
    this.#announcements.clear();
  }

  #ownerOf(conversation: ConversationId): ConversationOwner {
    let owner = this.#owners.get(conversation);
    if (!owner) {
      if (this.#owners.size >= this.#options.ownersKeptMax) this.#forgetIdle();
      owner = new ConversationOwner(conversation, this.#tools);
      this.#owners.set(conversation, owner);
    } else if (this.#owners.size * 2 > this.#options.ownersKeptMax) {
      // Who is used moves to the end, so that a flood of other conversations does not push out those that are alive.
      this.#owners.delete(conversation);
      this.#owners.set(conversation, owner);
    }
    return owner;
  }

  /** The idle tenth that was longest unused; a map gives its keys in the order they came. */
  #forgetIdle(): void {
    let wanted = Math.ceil(this.#options.ownersKeptMax / 10);
    for (const [conversation, owner] of this.#owners) {
      if (wanted === 0) return;
      if (!owner.isIdle || this.#ready.has(owner)) continue;
      // What it still has to announce it announces, for those who missed it.
      this.#owners.delete(conversation);
      wanted--;
    }
  }

  #becomeReady(owner: ConversationOwner): void {
    this.#ready.add(owner);
    if (this.#flushScheduled || this.#committing) return;
    this.#flushScheduled = true;
    this.#options.environment.endOfTurn(() => {
      this.#flushScheduled = false;
      // What became ready while a commit was being put together waits for that one.
      if (!this.#committing) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const owners: ConversationOwner[] = [];
    const parts = [];
    for (const owner of this.#ready) {
      this.#ready.delete(owner);
      const part = owner.prepare();
      if (!part) continue;
      owners.push(owner);
      parts.push(part);
    }
    if (owners.length > 0) await this.#commit(owners, parts);
    if (this.#ready.size > 0) {
      const [first] = this.#ready;
      if (first) this.#becomeReady(first);
    } else if (this.#whenQuiet.length > 0 && this.#isQuiet()) for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }

  async #commit(
    owners: readonly ConversationOwner[],
    parts: readonly NonNullable<ReturnType<ConversationOwner['prepare']>>[],
  ): Promise<void> {
    this.#committing = true;
    const appends = parts.flatMap((part) => part.append ?? []);
    const markers = parts.flatMap((part) => part.raises);
    try {
      const outcomes = await this.#options.store.commit({ appends, markers });
      this.#committing = false;
      this.counters.commits++;
      this.counters.committedMarkers += markers.length;
      let place = 0;
      for (const [index, owner] of owners.entries()) {
        const append = parts[index]?.append;
        const outcome = append ? outcomes[place++] : 'ok';
        if (!outcome) throw new RangeError('the store answered fewer appends than it was given');
        if (append && outcome === 'ok') this.counters.committedEntries += append.entries.length;
        owner.settle(outcome);
      }
    } catch (failure) {
      this.#committing = false;
      if (!(failure instanceof StorageFailure)) throw failure;
      for (const owner of owners) owner.settleFailure(failure);
    }
  }

  #announceLater(owner: ConversationOwner): void {
    const dueAt = this.#options.environment.monotonic() + announceAfterMs[0];
    const planned = this.#announcements.get(owner);
    if (planned) {
      planned.stage = 0;
      planned.dueAt = dueAt;
    } else this.#announcements.set(owner, { stage: 0, dueAt });
    this.#cancelSweep ??= this.#options.environment.timer(sweepEveryMs, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#options.environment.monotonic();
    for (const [owner, planned] of this.#announcements) {
      if (planned.dueAt > now) continue;
      owner.announce();
      planned.stage++;
      const next = announceAfterMs[planned.stage];
      if (next === undefined) this.#announcements.delete(owner);
      else planned.dueAt = now + next - (announceAfterMs[planned.stage - 1] ?? 0);
    }
    this.#cancelSweep = this.#announcements.size > 0 ? this.#options.environment.timer(sweepEveryMs, () => this.#sweep()) : null;
  }
}
