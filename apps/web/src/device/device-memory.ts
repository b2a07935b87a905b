/** Where a browser keeps small things: `localStorage` for good, `sessionStorage` for as long as the tab is open. */
type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const prefix = 'parlour.person.';

/** What this browser remembers for the person who is logged in, and no server knows. A browser without storage, or without room, remembers nothing. */
export class DeviceMemory {
  readonly #shelf: () => Shelf;

  /** @param shelf may throw, as a browser that forbids storage does */
  constructor(shelf: () => Shelf) {
    this.#shelf = shelf;
  }

  /** @returns what was remembered last, which may be anything; undefined where nothing was */
  recall(key: string): unknown {
    try {
      const text = this.#shelf().getItem(prefix + key);
      return text === null ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  remember(key: string, value: unknown): void {
    try {
      this.#shelf().setItem(prefix + key, JSON.stringify(value));
    } catch {
      // Without room it is forgotten, which is no harm.
    }
  }

  /** Whoever comes next finds nothing of the one before. */
  forgetAll(): void {
    try {
      const shelf = this.#shelf();
      const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index));
      for (const key of keys) if (key?.startsWith(prefix)) shelf.removeItem(key);
    } catch {
      // What cannot be reached holds nothing of ours.
    }
  }
}

/** Outlives the page. */
export const deviceMemory = new DeviceMemory(() => window.localStorage);
/** Outlives a reload of this tab. */
export const tabMemory = new DeviceMemory(() => window.sessionStorage);
