import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { Bus, NodeName, Notice, SharedLimit, Use } from '../ports/bus.ts';

/** A limit as this node counts it. */
export interface CountedLimit {
  /** What the others are to know of the key now; it counts as said then. @returns null for nothing */
  use(key: string): number | null;
  /** What another node used. */
  hear(key: string, count: number, node: NodeName): void;
  /** Called now and then: what is held must be said again, and what nobody said again is forgotten. */
  remind(): void;
}

/** Counted over all nodes, under that name; `sharing` null where there are no others. */
export type Shared = { readonly name: SharedLimit; readonly sharing: LimitSharing | null };

export type LimitSharingOptions = {
  readonly node: NodeName;
  readonly bus: Bus;
  readonly environment: Pick<Environment, 'timer'>;
  /** How often what is held is said again. */
  readonly remindEveryMs: number;
  /** How many nodes serve, this one among them. */
  readonly nodeCount: () => number;
};

/** How long what came near a limit may wait for company, so that a flood is some words a second and not one a message. */
const saidWithinMs = 100;
const usesPerWordMax = 1_000;
/** No key of ours is longer; one that is would make the others refuse the whole word. */
const keyLengthMax = 64;
const nodesMax = 1_000;

/**
 * [LIMIT-1] Limits over all nodes, approximately: of whom comes near a limit each node tells the others what was used there, and they count that as if it were used
 * with them. [LIMIT-2] While the bus is broken each node lets through its share only.
 */
export class LimitSharing {
  readonly #options: LimitSharingOptions;
  readonly #limits = new Map<SharedLimit, CountedLimit>();
  readonly #due = new Map<SharedLimit, Set<string>>();
  /** The number of the newest word of each node: an older one that comes late, or one that comes twice, is not counted. */
  readonly #heard = new Map<NodeName, number>();
  readonly #unsubscribe: () => void;
  #cancelWord: CancelTimer | null = null;
  #cancelReminder: CancelTimer = () => {};
  #number = 0;

  constructor(options: LimitSharingOptions) {
    this.#options = options;
    this.#unsubscribe = options.bus.subscribe((notice) => {
      if (notice.notice === 'uses' && notice.node !== options.node) this.#hear(notice);
    });
    this.#remindLater();
  }

  get nodeCount(): number {
    return this.#options.nodeCount();
  }

  get isBroken(): boolean {
    return this.#options.bus.isBroken;
  }

  /** What one costs here: as many as there are nodes, while none hears of the others. */
  get price(): number {
    return this.isBroken ? this.nodeCount : 1;
  }

  /** How much may be used here before the others are told: they may each hold back as much, and that together is half the limit. */
  untoldMax(limit: number): number {
    return limit / (2 * this.nodeCount);
  }

  join(name: SharedLimit, limit: CountedLimit): void {
    this.#limits.set(name, limit);
  }

  /** The others are to know of the key soon. */
  say(name: SharedLimit, key: string): void {
    if (this.isBroken || key.length > keyLengthMax) return;
    const keys = this.#due.get(name) ?? new Set();
    this.#due.set(name, keys.add(key));
    this.#cancelWord ??= this.#options.environment.timer(saidWithinMs, () => this.#publish());
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancelReminder();
    this.#cancelWord?.();
  }

  #publish(): void {
    this.#cancelWord = null;
    // What cannot be said now is said when more is used, or at the next reminder.
    if (this.isBroken) return this.#due.clear();
    const uses: Use[] = [];
    for (const [limit, keys] of this.#due) {
      for (const key of keys) {
        if (uses.length >= usesPerWordMax) break;
        keys.delete(key);
        const count = this.#limits.get(limit)?.use(key) ?? null;
        if (count !== null) uses.push({ limit, key, count });
      }
      if (keys.size === 0) this.#due.delete(limit);
    }
    const { bus, node, environment } = this.#options;
    if (this.#due.size > 0) this.#cancelWord = environment.timer(saidWithinMs, () => this.#publish());
    if (uses.length > 0) bus.publish({ notice: 'uses', node, number: ++this.#number, uses }, () => ['everyone']);
  }

  #hear({ node, number, uses }: Extract<Notice, { notice: 'uses' }>): void {
    if (number <= (this.#heard.get(node) ?? 0)) return;
    if (!this.#heard.has(node) && this.#heard.size >= nodesMax) this.#heard.delete(this.#heard.keys().next().value ?? node);
    this.#heard.set(node, number);
    for (const { limit, key, count } of uses) this.#limits.get(limit)?.hear(key, count, node);
  }

  #remindLater(): void {
    this.#cancelReminder = this.#options.environment.timer(this.#options.remindEveryMs, () => {
      for (const limit of this.#limits.values()) limit.remind();
      this.#remindLater();
    });
  }
}
