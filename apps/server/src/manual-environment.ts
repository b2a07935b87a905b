import type { Environment } from '@parlour/core/environment';
import { bytesOfDigest, idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import { digest16 } from './node-environment.ts';

type Timer = { readonly dueAt: number; readonly callback: () => void };

/** A world that stands still until it is told to go on, for tests. Ids and chances follow from the seed. */
export class ManualEnvironment implements Environment {
  readonly #seed: string;
  readonly #timers = new Set<Timer>();
  #endOfTurn: (() => void)[] = [];
  #drawn = 0;
  #elapsedMs = 0;
  /** Where the wall clock began. */
  static readonly startMs = 1_700_000_000_000;

  constructor(seed: number) {
    this.#seed = `seed ${seed}`;
  }

  readonly now = (): WallMs => (ManualEnvironment.startMs + this.#elapsedMs) as WallMs;
  readonly monotonic = (): MonotonicMs => this.#elapsedMs as MonotonicMs;
  readonly id = (): string => idFromBytes(bytesOfDigest(digest16(`${this.#seed} ${this.#drawn++}`)));
  readonly random = (): number => {
    const [high = 0, low = 0] = bytesOfDigest(digest16(`${this.#seed} ${this.#drawn++}`));
    return (high * 256 + low) / 65_536;
  };
  readonly timer = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { dueAt: this.#elapsedMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };
  readonly endOfTurn = (callback: () => void): void => void this.#endOfTurn.push(callback);

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 3; quietTurns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#endOfTurn.length > 0) quietTurns = -1;
      for (const callback of this.#endOfTurn.splice(0)) callback();
    }
  }

  /** Lets time pass, from one timer to the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.settle();
    for (;;) {
      const due = [...this.#timers].filter(({ dueAt }) => dueAt <= untilMs).sort((one, other) => one.dueAt - other.dueAt)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#elapsedMs = Math.max(this.#elapsedMs, due.dueAt);
      due.callback();
      await this.settle();
    }
    this.#elapsedMs = untilMs;
  }
}
