import { MemoryStore } from '../packages/sdk/src/memory-store.ts';
import { type Store, StoreFull, type StoreTransaction } from '../packages/sdk/src/store.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';

/** A device's storage: outlives its programs, and may be full, emptied, or put back as it was. */
export class DeviceStorage {
  held = new MemoryStore();
  fullUntilMs = 0;
  refreshToken: string | null = null;
  /** Called when a transaction has set out. */
  onWrite = (_writer: Actor): void => {};
}

/** One program's hand on the storage: transactions take time, in order; what a dead program had not begun never happens. */
export class DeviceStore implements Store {
  readonly volatile = false;
  readonly #actor: Actor;
  readonly #storage: DeviceStorage;
  readonly #faults: Faults;
  #lastAtMs = 0;
  #lastAnswerAtMs = 0;

  constructor(actor: Actor, storage: DeviceStorage, faults: Faults) {
    this.#actor = actor;
    this.#storage = storage;
    this.#faults = faults;
  }

  transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const { world } = this.#actor;
    const atMs = Math.max(this.#lastAtMs, world.nowMs + this.#latencyMs());
    this.#lastAtMs = atMs;
    this.#storage.onWrite(this.#actor);
    return new Promise((resolve, reject) => {
      this.#actor.later(atMs - world.nowMs, 'store', async () => {
        try {
          const value = await this.#storage.held.transact(async (transaction) => {
            const watched = new WatchedTransaction(transaction);
            const done = await body(watched);
            if (watched.hasWritten && this.#storage.fullUntilMs > world.nowMs) throw new StoreFull('the device is full');
            return done;
          });
          this.#answer(() => resolve(value));
        } catch (error) {
          this.#answer(() => reject(error));
        }
      });
    });
  }

  async close(): Promise<void> {}

  /** One after the other, as the transactions themselves. */
  #answer(answer: () => void): void {
    const { world } = this.#actor;
    this.#lastAnswerAtMs = Math.max(this.#lastAnswerAtMs, world.nowMs + this.#latencyMs());
    this.#actor.later(this.#lastAnswerAtMs - world.nowMs, 'stored', answer);
  }

  #latencyMs(): number {
    return this.#faults.areOn ? this.#actor.random.between(0, 6) : 1;
  }
}

/** Knows whether anything was written, as reading needs no room. */
class WatchedTransaction implements StoreTransaction {
  hasWritten = false;
  readonly get: StoreTransaction['get'];
  readonly scan: StoreTransaction['scan'];
  readonly put: StoreTransaction['put'];
  readonly delete: StoreTransaction['delete'];
  readonly clear: StoreTransaction['clear'];

  constructor(inner: StoreTransaction) {
    this.get = (space, key) => inner.get(space, key);
    this.scan = (space, range) => inner.scan(space, range);
    this.put = (space, key, value) => {
      this.hasWritten = true;
      inner.put(space, key, value);
    };
    this.delete = (space, key) => {
      this.hasWritten = true;
      inner.delete(space, key);
    };
    this.clear = (space) => {
      this.hasWritten = true;
      inner.clear(space);
    };
  }
}
