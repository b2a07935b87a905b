import type { ConversationId } from '@parlour/core/ids';
import type { Me, Person } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import { isReadable } from './readable.ts';
import {
  entryRange,
  type HeldRegister,
  type HeldRow,
  type Meta,
  type MetaKey,
  type OutboxItem,
  type ReadWish,
  type Space,
  type Spaces,
  type Store,
  type StoreTransaction,
  StoreUnreadable,
  type Tail,
} from './store.ts';

/** One key of the store as it is from now on; null: it is gone. */
export type Change = { readonly [S in Space]: { readonly space: S; readonly key: string; readonly value: Spaces[S] | null } }[Space];

/** How far somebody was shown to have read. */
export type KeptMark = { readonly conversation: ConversationId; readonly mark: ReadWish };

export function changeOf<S extends Space>(space: S, key: string, value: Spaces[S] | null): Change {
  return { space, key, value } as Change;
}

export function metaChange<Key extends MetaKey>(key: Key, value: Meta[Key] | null): Change {
  return { space: 'meta', key, value };
}

/** What is kept of who is logged in. */
export function changesOfMe(me: Me): Change[] {
  const { id, handle, displayName, about, placeholder } = me;
  return [metaChange('me', me), metaChange('logged_out', null), changeOf('people', id, { id, handle, displayName, about, placeholder })];
}

/**
 * What this tab shows: the store's content in memory, kept up to date change by change, by the leader itself and, in the other tabs, by
 * what the leader tells. Entries are in memory only for the conversations that somebody looks at.
 */
export class Mirror {
  #meta: Partial<Meta> = {};
  readonly rows = new Map<string, HeldRow>();
  readonly tails = new Map<string, Tail>();
  readonly outbox = new Map<string, OutboxItem>();
  readonly registers = new Map<string, HeldRegister>();
  readonly people = new Map<string, Person>();
  readonly #entries = new Map<ConversationId, { readonly held: Map<number, HeldEntry>; loaded: boolean; users: number }>();
  readonly #listeners = new Set<(changes: readonly Change[]) => void>();
  /** Of each reading of the store that is under way, what came meanwhile: it goes on top of what was read. */
  readonly #loads = new Set<Change[]>();
  #loaded: Promise<unknown> = Promise.resolve();
  #loadCount = 0;
  /** The latest reading that has ended. */
  #lastLoad = 0;
  /** Shown as read, of what no store and no leader knows of: it goes on top of what they say, until they say so, too. */
  readonly #marks = new Map<ConversationId, ReadWish>();
  /** How often the leader is being told of each, and has not answered: until then what it says of that log may be from before it knew. */
  readonly #tellings = new Map<ConversationId, number>();

  get meta(): Readonly<Partial<Meta>> {
    return this.#meta;
  }

  /**
   * Reads the whole store; of entries, those of conversations that somebody looks at. What was in memory before is forgotten, but how far
   * this person was seen to have read.
   * @returns [SDK-17] the marks that were shown here and are in no store: whoever told of them may have died before they were written
   * @param askUnwritten what another tab shows that the store may not have yet; asked before the store is read, and goes on top as well
   * @throws StoreUnreadable where a part of it is not what was put there; then nothing was read
   */
  load(store: Store, askUnwritten: () => Promise<readonly Change[]> = async () => []): Promise<readonly KeptMark[]> {
    const reading = this.#read(store, askUnwritten);
    this.#loaded = Promise.allSettled([this.#loaded, reading]);
    return reading;
  }

  /** Once the readings under way are over, if there are any. */
  async whenLoaded(): Promise<void> {
    await this.#loaded;
  }

  async #read(store: Store, askUnwritten: () => Promise<readonly Change[]>): Promise<readonly KeptMark[]> {
    const meanwhile: Change[] = [];
    const kept: KeptMark[] = [];
    const load = ++this.#loadCount;
    this.#loads.add(meanwhile);
    try {
      meanwhile.push(...(await askUnwritten()));
      const entries: (readonly [ConversationId, StoredEntries])[] = [];
      const read = await store.transact(async (transaction) => {
        // Asked for at once and not one after the other, each of which would be a way to another process and back.
        const ofEntries = [...this.#entries.keys()].map(async (id) => [id, await scanEntries(transaction, id)] as const);
        const [meta, rows, tails, outbox, registers, people] = await Promise.all([
          transaction.scan('meta'),
          transaction.scan('rows'),
          transaction.scan('tails'),
          transaction.scan('outbox'),
          transaction.scan('registers'),
          transaction.scan('people'),
        ]);
        entries.push(...(await Promise.all(ofEntries)));
        return { meta, rows, tails, outbox, registers, people };
      });
      // What was written meanwhile is read already, and word of it may still be on its way: it has come once the leader has answered again.
      await askUnwritten();
      // One that began later has ended before: what this one was told may be of a leader whom nobody follows any more.
      if (load < this.#lastLoad) return kept;
      this.#lastLoad = load;
      for (const [space, records] of Object.entries(read) as [Space, readonly (readonly [string, unknown])[]][]) {
        const damaged = records.find(([key, value]) => !isReadable(space, key, value));
        if (damaged) throw new StoreUnreadable(`${space} ${damaged[0]} is not what was put there`);
      }
      const shown = { self: this.#meta.me?.id, rows: [...this.rows.values()] };
      this.#forget();
      this.#meta = Object.fromEntries(read.meta);
      fill(this.rows, read.rows);
      fill(this.tails, read.tails);
      fill(this.outbox, read.outbox);
      fill(this.registers, read.registers);
      fill(this.people, read.people);
      for (const [conversation, stored] of entries) {
        const held = this.#entries.get(conversation)?.held;
        held?.clear();
        for (const [key, entry] of stored) if (isReadable('entries', key, entry)) held?.set(entry.seq, entry);
      }
      for (const change of meanwhile) this.#applyOne(change);
      if (shown.self && shown.self === this.#meta.me?.id) kept.push(...this.#keepMarks(shown.rows));
      else this.#marks.clear();
    } catch (error) {
      for (const change of meanwhile) this.#applyOne(change);
      throw error;
    } finally {
      this.#loads.delete(meanwhile);
      this.#tell([]);
    }
    return kept;
  }

  #keepMarks(shown: readonly HeldRow[]): KeptMark[] {
    for (const { conversation, wish, readSeq, readOrd, readMine } of shown)
      this.keepMark(conversation, wish && wish.readSeq > readSeq ? wish : { readSeq, readOrd, readMine });
    for (const conversation of this.#marks.keys()) this.#tellings.set(conversation, (this.#tellings.get(conversation) ?? 0) + 1);
    return [...this.#marks].map(([conversation, mark]) => ({ conversation, mark }));
  }

  /** [SDK-17] The leader has taken a mark that a reading of the store has given back. */
  markTold(conversation: ConversationId): void {
    const tellings = this.#tellings.get(conversation) ?? 0;
    if (tellings > 1) this.#tellings.set(conversation, tellings - 1);
    else this.#tellings.delete(conversation);
  }

  /** This tab leads, and knows of its own. */
  allMarksTold(): void {
    this.#tellings.clear();
  }

  /** [SDK-17] It was shown as read; what comes of the conversation later is shown so, too. @returns whether that is news */
  keepMark(conversation: ConversationId, mark: ReadWish): boolean {
    const row = this.rows.get(conversation);
    const known = this.#marks.get(conversation);
    const furthest = known && known.readSeq >= mark.readSeq ? known : mark;
    const marked = row && withMark(row, furthest);
    if (marked === null) return false;
    this.#marks.set(conversation, furthest);
    if (marked) this.rows.set(conversation, marked);
    return furthest !== known || marked !== undefined;
  }

  /** A row as it is shown. Where whoever knows of the mark says that the log is not as long, that was of one that the server has lost. */
  marked(row: HeldRow): HeldRow {
    const mark = this.#marks.get(row.conversation);
    const isLost = mark && mark.readSeq > row.head.seq && !row.isUnsure && !this.#tellings.has(row.conversation);
    const marked = mark && !isLost ? withMark(row, mark) : null;
    if (mark && !marked) this.#marks.delete(row.conversation);
    return marked ?? row;
  }

  /** [SDK-53] The store was erased: what came before is of whoever was here before, and no reading under way puts it back. */
  dropWhatCame(): void {
    for (const meanwhile of this.#loads) meanwhile.length = 0;
  }

  #forget(): void {
    this.#meta = {};
    for (const map of [this.rows, this.tails, this.outbox, this.registers, this.people]) map.clear();
  }

  apply(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const meanwhile of this.#loads) meanwhile.push(...changes);
    for (const change of changes) this.#applyOne(change);
    this.#tell(changes);
  }

  /**
   * What a leader told. While the store is being read it goes on top of that, and not of what is shown: that may be of a leader who has died,
   * whose rows and tails fit each other and not those of the next.
   */
  applyTold(changes: readonly Change[]): void {
    if (this.#loads.size === 0) this.apply(changes);
    for (const meanwhile of this.#loads) meanwhile.push(...changes);
  }

  /** @param listener gets what changed; nothing where all may have changed */
  subscribe(listener: (changes: readonly Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Operations of one conversation that are not yet in the log here, in the order of their numbers. */
  outboxOf(conversation: ConversationId): OutboxItem[] {
    return [...this.outbox.values()].filter((item) => item.conversation === conversation).sort(byNumber);
  }

  /**
   * Keeps the stored entries of one conversation in memory until as many calls of `release`.
   * @param unwritten changes that the store does not have yet
   */
  async hold(store: Store, conversation: ConversationId, unwritten: readonly Change[] = []): Promise<void> {
    const known = this.#entries.get(conversation);
    if (known) {
      known.users += 1;
      if (known.loaded) return;
    }
    const entries = known ?? { held: new Map<number, HeldEntry>(), loaded: false, users: 1 };
    this.#entries.set(conversation, entries);
    for (const change of unwritten) if (change.space === 'entries') this.#applyOne(change);
    const stored = await store.transact((transaction) => scanEntries(transaction, conversation));
    // [SDK-4] What cannot be read is as good as not held: it is asked for again.
    for (const [key, entry] of stored) {
      if (isReadable('entries', key, entry) && !entries.held.has(entry.seq)) entries.held.set(entry.seq, entry);
    }
    entries.loaded = true;
    this.#tell([]);
  }

  release(conversation: ConversationId): void {
    const entries = this.#entries.get(conversation);
    if (!entries) return;
    entries.users -= 1;
    if (entries.users <= 0) this.#entries.delete(conversation);
  }

  entryAt(conversation: ConversationId, seq: number): HeldEntry | null {
    return this.#entries.get(conversation)?.held.get(seq) ?? null;
  }

  /** The entries of [`fromSeq`, `untilSeq`) as far as they are an unbroken piece of the tail in memory, counted from its end. */
  tailEntries(conversation: ConversationId, { fromSeq, untilSeq }: { fromSeq: number; untilSeq: number }): HeldEntry[] {
    const tail = this.tails.get(conversation);
    const held = this.#entries.get(conversation)?.held;
    if (!tail || !held) return [];
    const found: HeldEntry[] = [];
    for (let seq = Math.min(untilSeq - 1, tail.position.seq); seq >= fromSeq && seq > tail.before.seq; seq--) {
      const entry = held.get(seq);
      if (!entry) break;
      found.push(entry);
    }
    return found.reverse();
  }

  #applyOne(change: Change): void {
    switch (change.space) {
      case 'meta':
        this.#meta = { ...this.#meta, [change.key]: change.value ?? undefined };
        return;
      case 'entries':
        this.#applyEntry(change);
        return;
      default: {
        const map = this[change.space] as Map<string, unknown>;
        if (change.value === null) map.delete(change.key);
        else map.set(change.key, change.space === 'rows' ? this.marked(change.value) : change.value);
      }
    }
  }

  #applyEntry({ key, value }: Extract<Change, { space: 'entries' }>): void {
    const [conversation = '', seq = '0'] = key.split(' ');
    const held = this.#entries.get(conversation as ConversationId)?.held;
    if (value) held?.set(Number(seq), value);
    else held?.delete(Number(seq));
  }

  #tell(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes);
  }
}

type StoredEntries = readonly (readonly [string, HeldEntry])[];

function scanEntries(transaction: StoreTransaction, conversation: ConversationId): Promise<StoredEntries> {
  return transaction.scan('entries', entryRange(conversation, { fromSeq: 0, untilSeq: Number.MAX_SAFE_INTEGER }));
}

function fill<T>(map: Map<string, T>, rows: readonly (readonly [string, T])[]): void {
  for (const [key, value] of rows) map.set(key, value);
}

/** Operations of a replaced device come before those of the one in its place. */
function byNumber(one: OutboxItem, other: OutboxItem): number {
  return (one.heir ?? one.n) - (other.heir ?? other.n);
}

/**
 * [SDK-17] A row with what was shown as read before it. That may lie beyond all that is known of the log here: it comes again, and was read, unless
 * the server lost it. Null where nothing changes.
 */
export function withMark(row: HeldRow, mark: ReadWish): HeldRow | null {
  if (mark.readSeq <= Math.max(row.readSeq, row.wish?.readSeq ?? 0)) return null;
  return { ...row, wish: mark, ...(mark.readSeq > row.head.seq ? { isUnsure: true } : {}) };
}
