import type { Environment } from '@parlour/core/environment';
import type { Observable } from './observable.ts';

/** An observable that is worked out from others when it is read, at most once a change; its listeners hear of it once a turn. */
export class Derived<T> implements Observable<T> {
  readonly #environment: Environment;
  readonly #compute: (before: T | null) => T;
  readonly #listeners = new Set<() => void>();
  #value: T | null = null;
  #isStale = true;
  #told: T | null = null;
  #telling = false;

  /** @param compute gives back the value before where nothing in it has changed */
  constructor(environment: Environment, compute: (before: T | null) => T) {
    this.#environment = environment;
    this.#compute = compute;
  }

  readonly get = (): T => {
    if (this.#isStale || this.#value === null) {
      this.#value = this.#compute(this.#value);
      this.#isStale = false;
    }
    return this.#value;
  };

  readonly subscribe = (onChange: () => void): (() => void) => {
    const listener = () => onChange();
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#told = this.get();
    return () => void this.#listeners.delete(listener);
  };

  /** Something it is made of has changed. */
  readonly touch = (): void => {
    this.#isStale = true;
    if (this.#telling || this.#listeners.size === 0) return;
    this.#telling = true;
    this.#environment.endOfTurn(() => {
      this.#telling = false;
      const value = this.get();
      if (Object.is(value, this.#told)) return;
      this.#told = value;
      for (const listener of [...this.#listeners]) listener();
    });
  };
}

/** The same object where both have the same fields, by identity. */
export function keepIfSame<T extends object>(before: T | null | undefined, after: T): T {
  if (!before) return after;
  const keys = Object.keys(after) as (keyof T)[];
  return keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], after[key])) ? before : after;
}

/** The same array where both have the same elements, by identity. */
export function keepIfSameList<T>(before: readonly T[] | null | undefined, after: readonly T[]): readonly T[] {
  return before && before.length === after.length && before.every((element, index) => Object.is(element, after[index])) ? before : after;
}
