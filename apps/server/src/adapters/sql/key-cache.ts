import { BoundedCache } from './bounded-cache.ts';

const sizeMax = 200_000;

/** One kind of public id and its key inside. Neither ever changes, so what was read once holds, for as long as it is the same database. */
export class KeyCache<Id extends string> {
  readonly #keys = new BoundedCache<Id, number>(sizeMax);
  readonly #ids = new BoundedCache<number, Id>(sizeMax);

  knownKey(id: Id): number | undefined {
    return this.#keys.get(id);
  }

  knownId(key: number): Id | undefined {
    return this.#ids.get(key);
  }

  learn(id: Id, key: number): void {
    this.#keys.set(id, key);
    this.#ids.set(key, id);
  }

  /** Where what was learnt may not be there: after a rollback, or where another server answers. */
  forget(): void {
    this.#keys.clear();
    this.#ids.clear();
  }
}
