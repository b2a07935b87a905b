import { type KeyRange, type Space, type Spaces, type Store, type StoreTransaction, spaces } from './store.ts';

type Held = ReadonlyMap<Space, Map<string, unknown>>;
const deleted = Symbol('deleted');

/** The reference: as plain as the contract allows. Transactions wait for each other. Values are never changed in place, so they are not copied. */
export class MemoryStore implements Store {
  readonly volatile = true;
  #held: Held = new Map(spaces.map((space) => [space, new Map()]));
  #last: Promise<unknown> = Promise.resolve();

  transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      const overlay = new Overlay(this.#held);
      const value = await body(overlay);
      overlay.commit();
      return value;
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  /** As a device does that clears its storage: all is gone, in one go. */
  async erase(): Promise<void> {
    await this.transact(async (transaction) => {
      for (const space of spaces) transaction.clear(space);
    });
  }

  /** A copy of all that is held now, as a backup keeps it. */
  async copy(): Promise<MemoryStore> {
    await this.#last;
    const store = new MemoryStore();
    store.#held = new Map([...this.#held].map(([space, map]) => [space, new Map(map)]));
    return store;
  }
}

/** The writes of one transaction, laid over what is held until they are committed; a body that throws leaves no trace. */
class Overlay implements StoreTransaction {
  readonly #held: Held;
  readonly #writes = new Map<Space, Map<string, unknown>>();
  readonly #cleared = new Set<Space>();

  constructor(held: Held) {
    this.#held = held;
  }

  async get<S extends Space>(space: S, key: string): Promise<Spaces[S] | undefined> {
    const written = this.#writes.get(space)?.get(key);
    if (written === deleted) return undefined;
    return (written ?? (this.#cleared.has(space) ? undefined : this.#held.get(space)?.get(key))) as Spaces[S] | undefined;
  }

  put<S extends Space>(space: S, key: string, value: Spaces[S]): void {
    this.#writesTo(space).set(key, value);
  }

  delete(space: Space, key: string): void {
    this.#writesTo(space).set(key, deleted);
  }

  async scan<S extends Space>(space: S, range?: KeyRange): Promise<(readonly [string, Spaces[S]])[]> {
    const inRange = (key: string) => !range || (key >= range.fromKey && key < range.untilKey);
    const found = new Map<string, unknown>();
    const held = this.#cleared.has(space) ? [] : (this.#held.get(space) ?? []);
    for (const from of [held, this.#writes.get(space) ?? []]) {
      for (const [key, value] of from) if (inRange(key)) found.set(key, value);
    }
    const rows = [...found].filter(([, value]) => value !== deleted) as [string, Spaces[S]][];
    return rows.sort(([one], [other]) => (one < other ? -1 : 1));
  }

  clear(space: Space): void {
    this.#cleared.add(space);
    this.#writes.delete(space);
  }

  commit(): void {
    for (const space of this.#cleared) this.#held.get(space)?.clear();
    for (const [space, writes] of this.#writes) {
      const map = this.#held.get(space);
      for (const [key, value] of writes) {
        if (value === deleted) map?.delete(key);
        else map?.set(key, value);
      }
    }
  }

  #writesTo(space: Space): Map<string, unknown> {
    const writes = this.#writes.get(space) ?? new Map<string, unknown>();
    this.#writes.set(space, writes);
    return writes;
  }
}
