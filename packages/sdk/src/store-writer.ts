import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { Change, Mirror } from './mirror.ts';
import type { Space, Spaces, Store, StoreTransaction } from './store.ts';

/** Someone else leads now: what this tab was about to write must not be written. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

export type StorageHealth = 'ok' | 'full';

export type WriterEvents = {
  readonly fenced: () => void;
  readonly health: (health: StorageHealth) => void;
  /** What other tabs must be told. */
  readonly committed: (changes: readonly Change[]) => void;
};

/** Changes that wait for the store. Beyond this, runs from the server are not taken until the store takes writes again; they can be pulled. */
const unwrittenMax = 20_000;
const retryMs = 5_000;

/**
 * The leader's way to the store. A change is shown at once and written behind, together with all others of the turn, in one transaction: so
 * the store always holds a state that once was, and what is lost with a crash is only what the server has. Where the device has no room,
 * changes wait in memory and go with the next write.
 */
export class StoreWriter {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #environment: Environment;
  readonly #epoch: number;
  readonly #on: WriterEvents;
  #unwritten = new Map<string, Change>();
  #writing: Promise<void> | null = null;
  #scheduled = false;
  #stopped = false;
  #cancelRetry: CancelTimer = () => {};

  constructor(store: Store, mirror: Mirror, environment: Environment, epoch: number, on: WriterEvents) {
    this.#store = store;
    this.#mirror = mirror;
    this.#environment = environment;
    this.#epoch = epoch;
    this.#on = on;
  }

  commit(changes: readonly Change[]): void {
    if (this.#stopped || changes.length === 0) return;
    for (const change of changes) this.#unwritten.set(`${change.space} ${change.key}`, change);
    this.#mirror.apply(changes);
    this.#on.committed(changes);
    this.#schedule();
  }

  /** May runs be taken, or do too many wait for the store? */
  get hasRoom(): boolean {
    return this.#unwritten.size < unwrittenMax;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get isClean(): boolean {
    return this.#unwritten.size === 0 && !this.#writing;
  }

  /** What the store does not have yet. */
  unwritten(): Change[] {
    return [...this.#unwritten.values()];
  }

  /** Resolves when all that was committed before is in the store, or could not be written. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#unwritten.size > 0) await this.#write();
  }

  /** The store was erased: what could not be written, or is still being read, is of before. */
  forget(): void {
    this.#cancelRetry();
    this.#unwritten.clear();
    this.#mirror.dropWhatCame();
  }

  /** Reads and writes in one transaction, durable before it is shown; only as long as this tab leads. */
  async transact<T>(
    body: (transaction: StoreTransaction) => Promise<{ readonly changes: readonly Change[]; readonly result: T }>,
  ): Promise<T> {
    await this.settled();
    const { changes, result } = await this.#store.transact(async (transaction) => {
      await this.#checkEpoch(transaction);
      const decided = await body(transaction);
      putAll(transaction, decided.changes);
      return decided;
    });
    this.#mirror.apply(changes);
    this.#on.committed(changes);
    return result;
  }

  /** Takes nothing more; what was taken before can still be written. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing || this.#stopped) return;
    this.#scheduled = true;
    this.#environment.endOfTurn(() => {
      this.#scheduled = false;
      if (!this.#writing) void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #writeOnce(): Promise<void> {
    this.#cancelRetry();
    const batch = new Map(this.#unwritten);
    try {
      await this.#store.transact(async (transaction) => {
        await this.#checkEpoch(transaction);
        putAll(transaction, batch.values());
      });
    } catch (error) {
      this.#afterFailure(error);
      return;
    }
    for (const [key, change] of batch) if (this.#unwritten.get(key) === change) this.#unwritten.delete(key);
    this.#on.health('ok');
    if (this.#unwritten.size > 0) this.#environment.endOfTurn(() => this.#stopped || void this.#write());
  }

  #afterFailure(error: unknown): void {
    if (this.#stopped) return;
    if (error instanceof Fenced) {
      this.stop();
      this.#on.fenced();
      return;
    }
    this.#on.health('full');
    this.#cancelRetry = this.#environment.timer(retryMs, () => void this.#write());
  }

  async #checkEpoch(transaction: StoreTransaction): Promise<void> {
    const epoch = await transaction.get('meta', 'epoch');
    if (epoch !== this.#epoch) throw new Fenced('another tab leads');
  }
}

export function putAll(transaction: StoreTransaction, changes: Iterable<Change>): void {
  for (const { space, key, value } of changes) {
    if (value === null) transaction.delete(space, key);
    else transaction.put(space, key, value as Spaces[Space]);
  }
}
