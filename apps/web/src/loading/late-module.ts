type Standing<Module> = { readonly module: Module | null; readonly failed: boolean };

/** A part of the program that the first paint does not need, and that comes when it is asked for. What could not be had is asked for again. */
export class LateModule<Module> {
  readonly #load: () => Promise<Module>;
  readonly #listeners = new Set<() => void>();
  #standing: Standing<Module> = { module: null, failed: false };
  #coming: Promise<void> | null = null;

  constructor(load: () => Promise<Module>) {
    this.#load = load;
  }

  readonly get = (): Standing<Module> => this.#standing;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange);
    return () => void this.#listeners.delete(onChange);
  };

  /** Once it is here, or could not be had. */
  readonly want = (): Promise<void> => {
    if (this.#standing.module !== null) return Promise.resolve();
    this.#coming ??= this.#ask().finally(() => {
      this.#coming = null;
    });
    return this.#coming;
  };

  async #ask(): Promise<void> {
    try {
      this.#stand({ module: await this.#load(), failed: false });
    } catch {
      this.#stand({ module: null, failed: true });
    }
  }

  #stand(standing: Standing<Module>): void {
    this.#standing = standing;
    for (const listener of [...this.#listeners]) listener();
  }
}
