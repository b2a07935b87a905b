import type { MonotonicMs } from '@parlour/core/ids';

type Bucket = { tokens: number; at: number };

/**
 * Token buckets, one a key. Bounded: at `keysMax` the buckets that have long been full are dropped, and if that is not enough the oldest,
 * so a flood of new keys costs memory no more than this and forgives only those who were quiet.
 */
export class RateLimit<Key extends string> {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #keysMax: number;
  readonly #monotonic: () => MonotonicMs;
  readonly #buckets = new Map<Key, Bucket>();
  /** How often something was refused; for the metrics. */
  refusedCount = 0;

  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly keysMax: number;
    readonly monotonic: () => MonotonicMs;
  }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#keysMax = options.keysMax;
    this.#monotonic = options.monotonic;
  }

  /** Takes `count` or nothing. @returns 0, or how many milliseconds to wait before asking again */
  take(key: Key, count: number): number {
    const now = this.#monotonic();
    const bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= this.#keysMax) this.#makeRoom(now);
      this.#buckets.set(key, { tokens: this.#burst - count, at: now });
      return 0;
    }
    const tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) * this.#perSecond) / 1_000);
    bucket.at = now;
    // A batch larger than the burst passes when the bucket is full, and is paid for afterwards.
    if (tokens < Math.min(count, this.#burst)) {
      bucket.tokens = tokens;
      this.refusedCount++;
      return Math.ceil(((Math.min(count, this.#burst) - tokens) / this.#perSecond) * 1_000);
    }
    bucket.tokens = tokens - count;
    return 0;
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
