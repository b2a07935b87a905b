import type { Environment } from '@parlour/core/environment';
import { idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import type { SimulatedEvent } from './event-heap.ts';
import { SeededRandom } from './seeded-random.ts';
import type { World } from './world.ts';

const yearItIsMs = 1_790_000_000_000;

/**
 * A process that can crash, pause and have a wrong clock. Each life of it is an incarnation: what an earlier one waited for never comes,
 * so its promises stay open for ever and its code never runs again.
 */
export class Actor {
  readonly name: string;
  readonly world: World;
  readonly random: SeededRandom;
  isUp = false;
  /** How wrong the wall clock is. */
  skewMs = 0;
  #incarnation = 0;
  #pausedUntilMs = 0;
  /** What came due during a pause, in order. */
  #heldUp: { readonly event: SimulatedEvent; readonly callback: () => void | Promise<void> }[] = [];

  constructor(world: World, name: string, stream: number) {
    this.world = world;
    this.name = name;
    this.random = new SeededRandom(world.seed, stream);
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.world.nowMs;
  }

  start(): void {
    this.#incarnation++;
    this.isUp = true;
    this.#pausedUntilMs = 0;
    this.#heldUp = [];
  }

  crash(): void {
    this.#incarnation++;
    this.isUp = false;
    this.#pausedUntilMs = 0;
    this.#heldUp = [];
  }

  pause(forMs: number): void {
    this.#pausedUntilMs = this.world.nowMs + forMs;
    this.world.after(forMs, `${this.name} resumes`, () => {
      if (!this.isPaused) this.resume();
    });
  }

  /** What was held up happens now. */
  resume(): void {
    this.#pausedUntilMs = 0;
    this.#releaseNext();
  }

  /** One after the other, in the order in which they came due; what comes due meanwhile comes after them. */
  #releaseNext(): void {
    const lives = this.thisLife();
    this.world.after(0, `${this.name} goes on`, () => {
      if (!lives() || this.isPaused) return;
      const next = this.#heldUp.shift();
      if (this.#heldUp.length > 0) this.#releaseNext();
      if (next && !next.event.cancelled) return next.callback();
    });
  }

  /** @returns whether this life still lasts, for what may be called from outside it */
  thisLife(): () => boolean {
    const incarnation = this.#incarnation;
    return () => incarnation === this.#incarnation;
  }

  note(text: string): void {
    this.world.note(this.name, text);
  }

  /** Calls in this life only, and not while it is paused. @returns how to cancel */
  later(delayMs: number, what: string, callback: () => void | Promise<void>): () => void {
    const incarnation = this.#incarnation;
    const attempt = (): void | Promise<void> => {
      // Asked for while nothing runs, it is of no life.
      if (incarnation !== this.#incarnation || !this.isUp) return;
      if (!this.isPaused && this.#heldUp.length === 0) return callback();
      this.#heldUp.push({ event, callback });
    };
    const event = this.world.after(delayMs, what, attempt);
    return () => {
      event.cancelled = true;
    };
  }

  /** What a program of this life learns from outside itself. */
  environment(): Environment {
    const { world, random } = this;
    return {
      now: () => Math.floor(yearItIsMs + world.nowMs + this.skewMs) as WallMs,
      monotonic: () => world.nowMs as MonotonicMs,
      random: () => random.fraction(),
      id: () => idFromBytes(random.bytes(16)),
      // Whole milliseconds, and at least one, as timers of browsers and Node count.
      timer: (delayMs, callback) => this.later(Math.max(1, Math.trunc(delayMs)), `${this.name} timer`, callback),
      endOfTurn: (callback) => void this.later(0, `${this.name} turn`, callback),
    };
  }
}
