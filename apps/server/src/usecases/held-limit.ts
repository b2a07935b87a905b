import type { MonotonicMs } from '@parlour/core/ids';
import type { NodeName } from '../ports/bus.ts';
import type { CountedLimit, Shared } from './limit-sharing.ts';

type Elsewhere = { readonly count: number; readonly until: MonotonicMs };

export type HeldLimitOptions = {
  /** What one key may hold, over all nodes. */
  readonly max: number;
  /** How many it holds here. */
  readonly countHere: (key: string) => number;
  /** So many of those here are too many, as others were taken elsewhere at the same time. */
  readonly letGo: (key: string, count: number) => void;
  /** A node that died, or is not heard, holds nothing after this. Longer than from one reminder to the next. */
  readonly heldForMs: number;
  readonly monotonic: () => MonotonicMs;
  readonly shared: Shared;
};

/** Keys of which something is known elsewhere; of others beyond these nothing is. */
const keysMax = 100_000;

/** How many of something one key may hold at a time, over all nodes as far as they said. */
export class HeldLimit implements CountedLimit {
  readonly #options: HeldLimitOptions;
  readonly #elsewhere = new Map<string, Map<NodeName, Elsewhere>>();
  /** Keys that the others know of. */
  readonly #told = new Set<string>();

  constructor(options: HeldLimitOptions) {
    this.#options = options;
    options.shared.sharing?.join(options.shared.name, this);
  }

  hasRoom(key: string): boolean {
    const { max, countHere, shared } = this.#options;
    const here = countHere(key);
    if (!shared.sharing) return here < max;
    if (shared.sharing.isBroken) return here < Math.max(1, Math.floor(max / shared.sharing.nodeCount));
    return here + this.#countElsewhere(key) < max;
  }

  /** One more or less is held here. */
  changed(key: string): void {
    const { shared } = this.#options;
    if (!shared.sharing || !(this.#told.has(key) || this.#isNear(key))) return;
    this.#told.add(key);
    shared.sharing.say(shared.name, key);
  }

  use(key: string): number {
    const count = this.#options.countHere(key);
    if (count === 0) this.#told.delete(key);
    return count;
  }

  hear(key: string, count: number, node: NodeName): void {
    const elsewhere = this.#elsewhere.get(key) ?? new Map<NodeName, Elsewhere>();
    if (count === 0) elsewhere.delete(node);
    else elsewhere.set(node, { count, until: (this.#options.monotonic() + this.#options.heldForMs) as MonotonicMs });
    if (elsewhere.size === 0) this.#elsewhere.delete(key);
    else if (this.#elsewhere.has(key) || this.#elsewhere.size < keysMax) this.#elsewhere.set(key, elsewhere);
    const here = this.#options.countHere(key);
    if (here === 0) return;
    // Of whom another node speaks, it is to know all.
    if (!this.#told.has(key)) this.changed(key);
    const all = here + this.#countElsewhere(key);
    // Each its part, rounded down, so that all of them together do not let go of too many.
    const tooMany = Math.floor(((all - this.#options.max) * here) / all);
    if (tooMany > 0) this.#options.letGo(key, tooMany);
  }

  remind(): void {
    for (const [key, elsewhere] of this.#elsewhere) {
      for (const [node, { until }] of elsewhere) if (until <= this.#options.monotonic()) elsewhere.delete(node);
      if (elsewhere.size === 0) this.#elsewhere.delete(key);
    }
    for (const key of [...this.#told]) {
      this.changed(key);
      if (!this.#isNear(key)) this.#told.delete(key);
    }
  }

  #isNear(key: string): boolean {
    const { max, countHere, shared } = this.#options;
    return this.#elsewhere.has(key) || countHere(key) >= (shared.sharing?.untoldMax(max) ?? max);
  }

  #countElsewhere(key: string): number {
    const now = this.#options.monotonic();
    let sum = 0;
    for (const { count, until } of this.#elsewhere.get(key)?.values() ?? []) if (until > now) sum += count;
    return sum;
  }
}
