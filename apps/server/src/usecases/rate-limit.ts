import type { MonotonicMs } from '@parlour/core/ids';
import type { SharedLimit } from '../ports/bus.ts';
import type { CountedLimit, LimitSharing, Shared } from './limit-sharing.ts';

type Bucket = {
  tokens: number;
  at: MonotonicMs;
  /** Let through here, and not said to other nodes. */
  untold: number;
};

/**
 * Token buckets, one a key. Bounded: at `keysMax` the buckets that have long been full are dropped, and if that is not enough the oldest,
 * so a flood of new keys costs memory no more than this and forgives only those who were quiet.
 */
export class RateLimit<Key extends string> implements CountedLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #keysMax: number;
  readonly #monotonic: () => MonotonicMs;
  readonly #name: SharedLimit | null;
  /** Null where there are no other nodes, or this is each node's own. */
  readonly #sharing: LimitSharing | null;
  readonly #buckets = new Map<string, Bucket>();
  /** How often something was refused; for the metrics. */
  refusedCount = 0;

  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly keysMax: number;
    readonly monotonic: () => MonotonicMs;
    readonly shared?: Shared;
  }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#keysMax = options.keysMax;
    this.#monotonic = options.monotonic;
    this.#name = options.shared?.name ?? null;
    this.#sharing = options.shared?.sharing ?? null;
    if (options.shared) this.#sharing?.join(options.shared.name, this);
  }

  /** Takes `count` or nothing. @returns 0, or how many milliseconds to wait before asking again */
  take(key: Key, count: number): number {
    const price = this.#sharing === null ? count : count * this.#sharing.price;
    const bucket = this.#bucketOf(key);
    // A batch larger than the burst passes when the bucket is full, and is paid for afterwards.
    const missing = Math.min(price, this.#burst) - bucket.tokens;
    if (missing > 0) {
      this.refusedCount++;
      return Math.ceil((missing / this.#perSecond) * 1_000);
    }
    bucket.tokens -= price;
    if (this.#sharing !== null) this.#note(key, bucket, count, this.#sharing);
    return 0;
  }

  use(key: string): number | null {
    const bucket = this.#buckets.get(key);
    if (!bucket || bucket.untold === 0) return null;
    const { untold } = bucket;
    bucket.untold = 0;
    return untold;
  }

  /** What another node let through is taken here, too, into debt where it must be: that is paid before anything passes. All nodes together owe no more than a burst each. */
  hear(key: string, count: number): void {
    if (this.#sharing === null || this.#name === null) return;
    const bucket = this.#bucketOf(key);
    bucket.tokens = Math.max(bucket.tokens - count, -this.#burst * this.#sharing.nodeCount);
    // Of whom another node speaks, it is to know all.
    if (bucket.untold > 0) this.#sharing.say(this.#name, key);
  }

  remind(): void {}

  #note(key: Key, bucket: Bucket, count: number, sharing: LimitSharing): void {
    // Each stays within its share then, so nobody has to know.
    if (sharing.isBroken || this.#name === null) return;
    bucket.untold += count;
    if (bucket.untold >= sharing.untoldMax(this.#burst)) sharing.say(this.#name, key);
  }

  /** As full as it is by now. */
  #bucketOf(key: string): Bucket {
    const now = this.#monotonic();
    const known = this.#buckets.get(key);
    if (known) {
      known.tokens = Math.min(this.#burst, known.tokens + ((now - known.at) * this.#perSecond) / 1_000);
      known.at = now;
      return known;
    }
    if (this.#buckets.size >= this.#keysMax) this.#makeRoom(now);
    const bucket = { tokens: this.#burst, at: now, untold: 0 };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #makeRoom(now: number): void {
    const refillMs = (this.#burst / this.#perSecond) * 1_000;
    for (const [key, { at }] of this.#buckets) if (now - at > refillMs) this.#buckets.delete(key);
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < this.#keysMax) return;
      this.#buckets.delete(key);
    }
  }
}
