import type { WasRead } from '../tests/page-reading.ts';
import { percentile, sortedNumbers } from './measure.ts';

/** What came of reading several conversations the same way. */
export class ReadingSum {
  #entries = 0;
  #steps = 0;
  #blanks = 0;
  #waits = 0;
  #elementsMax = 0;
  readonly #framesMs: number[] = [];
  readonly #faults: string[] = [];

  get isWhole(): boolean {
    return this.#faults.length === 0;
  }

  add(title: string, entryCount: number, { missing, holes, blanks, jumps, waits, steps, framesMs, elementsMax }: WasRead): void {
    this.#entries += entryCount;
    this.#steps += steps;
    this.#blanks += blanks;
    this.#waits += waits;
    this.#elementsMax = Math.max(this.#elementsMax, elementsMax);
    this.#framesMs.push(...framesMs);
    this.#faults.push(
      ...jumps.map((jump) => `${title}: jump: ${jump}`),
      ...holes.map((hole) => `${title}: hole: ${hole}`),
      ...missing.map((seq) => `${title}: not seen: ${seq}`),
    );
  }

  report(way: string): void {
    const frames = sortedNumbers(this.#framesMs);
    const over = (ms: number) => frames.filter((frameMs) => frameMs > ms).length;
    const longest = (frames.at(-1) ?? 0).toFixed(0);
    console.log(`  ${way}: ${this.#entries} entries in ${this.#steps} steps, ${this.#faults.length} faults`);
    console.log(
      `    between ${frames.length} frames: p50 ${percentile(frames, 0.5).toFixed(1)}, p99 ${percentile(frames, 0.99).toFixed(1)}, longest ${longest} ms; over 50 ms ${over(50)}, over 100 ms ${over(100)}`,
    );
    console.log(
      `    frames with nothing in view ${this.#blanks}, waited for more ${this.#waits} times, elements at most ${this.#elementsMax}`,
    );
    for (const fault of this.#faults.slice(0, 60)) console.log(`    ${fault}`);
  }
}
