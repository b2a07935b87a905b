/** A value that changes over time. A snapshot is never changed in place, and stays the same object while nothing in it has changed. */
export interface Observable<T> {
  get(): T;
  /** Calls after each change; read the value with `get`. @returns ends it */
  subscribe(onChange: () => void): () => void;
}

/** An observable that its owner sets. */
export class Cell<T> implements Observable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (onChange: () => void): (() => void) => {
    const listener = () => onChange();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}
