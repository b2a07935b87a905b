import { type IDBPDatabase, openDB } from 'idb';
import { type KeyRange, type Space, type Spaces, type Store, StoreFull, type StoreTransaction, spaces } from './store.ts';

const schemaVersion = 1;

/** The store of a browser: one object store a space. Durability is strict, as what was shown as kept must outlive a crash. */
export class IndexedDbStore implements Store {
  readonly volatile = false;
  readonly #database: IDBPDatabase;

  private constructor(database: IDBPDatabase) {
    this.#database = database;
  }

  static async open(name: string): Promise<IndexedDbStore> {
    const database = await openDB(name, schemaVersion, {
      upgrade: (opened) => {
        for (const space of spaces) opened.createObjectStore(space);
      },
      // Another tab runs a newer program: make way, it waits for us.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new IndexedDbStore(database);
  }

  async transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const transaction = this.#database.transaction([...spaces], 'readwrite', { durability: 'strict' });
    const done = transaction.done.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const writes: Promise<unknown>[] = [];
    const written = (write: Promise<unknown>) => void writes.push(write.catch(() => {}));
    try {
      const value = await body({
        get: async <S extends Space>(space: S, key: string) => (await transaction.objectStore(space).get(key)) as Spaces[S] | undefined,
        put: (space, key, put) => written(transaction.objectStore(space).put(put, key)),
        delete: (space, key) => written(transaction.objectStore(space).delete(key)),
        scan: async <S extends Space>(space: S, range?: KeyRange) => {
          const bounds = range ? IDBKeyRange.bound(range.fromKey, range.untilKey, false, true) : null;
          const objects = transaction.objectStore(space);
          if (hasRecords(objects)) {
            const records = await objects.getAllRecords({ query: bounds });
            return records.map(({ key, value }) => [String(key), value as Spaces[S]] as const);
          }
          const [keys, values] = await Promise.all([objects.getAllKeys(bounds), objects.getAll(bounds)]);
          return keys.map((key, index) => [String(key), values[index] as Spaces[S]] as const);
        },
        clear: (space) => written(transaction.objectStore(space).clear()),
      });
      const failed = await done;
      if (failed) throw failed.error ?? new Error('the transaction was aborted');
      return value;
    } catch (error) {
      abort(transaction);
      await done;
      throw isQuotaExceeded(error) || isQuotaExceeded(transaction.error)
        ? new StoreFull('the device has no room', { cause: error })
        : error;
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

/** Newer browsers give keys and values in one answer, which takes two thirds of the time of two. */
type WithRecords = {
  getAllRecords(options: { query: IDBKeyRange | null }): Promise<readonly { readonly key: IDBValidKey; readonly value: unknown }[]>;
};

function hasRecords<Objects extends object>(objects: Objects): objects is Objects & WithRecords {
  return 'getAllRecords' in objects;
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself: there is nothing left to undo.
  }
}

function isQuotaExceeded(error: unknown): boolean {
  return error instanceof Error || error instanceof DOMException ? error.name === 'QuotaExceededError' : false;
}
