import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SeedThread } from './seed-worker.ts';
import type { SimulationOptions, SimulationReport } from './simulation.ts';

/** Beyond this many cores the rest stay idle: each thread is a whole program with its own memory. */
const threadsMax = 64;

export type SeedTask = Omit<SimulationOptions, 'trace'> & {
  /** Which of several worlds it is, for whoever asked. */
  readonly place?: number;
};
type Took = (report: SimulationReport, task: SeedTask) => void;

/** Runs worlds on all cores, one a thread at a time. */
export class SeedPool implements AsyncDisposable {
  readonly #threads: readonly Worker[];

  /** @param mutant the defect that all its worlds have; null: none */
  constructor(mutant: string | null = null) {
    const workerData: SeedThread = { mutant };
    const threadCount = Math.min(threadsMax, availableParallelism());
    this.#threads = Array.from({ length: threadCount }, () => new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData }));
  }

  /**
   * @param next the next world to run; null: there are no more
   * @param took hears of each, in the order in which they end
   */
  async runAll(next: () => SeedTask | null, took: Took): Promise<void> {
    await Promise.all(this.#threads.map((thread) => runOn(thread, next, took)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

function runOn(thread: Worker, next: () => SeedTask | null, took: Took): Promise<void> {
  return new Promise((resolve, reject) => {
    let task: SeedTask | null = null;
    const answered = (report: SimulationReport): void => {
      if (task) took(report, task);
      goOn();
    };
    const broke = (error: unknown): void => {
      reject(new Error(`cannot run seed ${task?.seed}: ${error instanceof Error ? error.stack : error}`));
    };
    const goOn = (): void => {
      task = next();
      if (task) return thread.postMessage(task);
      thread.off('message', answered);
      thread.off('error', broke);
      resolve();
    };
    thread.on('message', answered);
    thread.on('error', broke);
    goOn();
  });
}
