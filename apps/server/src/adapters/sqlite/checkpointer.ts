import { Worker } from 'node:worker_threads';
import type { CheckpointNews, CheckpointOrder, CheckpointTask } from './checkpoint-worker.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

export type CheckpointerOptions = {
  readonly database: SqliteDatabase;
  readonly file: string;
  /** The disk failed, and it is tried again; or the thread ended, and SQLite checkpoints within commits again. */
  readonly reportFault: (fault: unknown, where: string) => void;
};

const lookEveryMs = 50;
/** Pages of 4 KiB: were the thread not to keep up, the log ends here, at the price of one slow commit. */
export const backstopPages = 20_000;
const usualPages = 1_000;

/**
 * Copies the write-ahead log into the database on a thread of its own, so that the serving thread never does. Commits wait in line for
 * the copy, for some milliseconds, while sockets and reads go on: the log begins anew only when nothing of it is left to copy at the moment of a
 * commit, and two syncs at once would take the disk from one another.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #database: SqliteDatabase;
  readonly #reportFault: CheckpointerOptions['reportFault'];
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  /** Set while commits wait; called when they may go on. */
  #goOn: (() => void) | null = null;
  #isEnding = false;
  #completedCount = 0;

  constructor({ database, file, reportFault }: CheckpointerOptions) {
    this.#database = database;
    this.#reportFault = reportFault;
    this.#limitLog(backstopPages);
    const task: CheckpointTask = { file, lookEveryMs };
    this.#worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: task });
    this.#worker.unref();
    this.#worker.on('message', (news: CheckpointNews) => this.#hear(news));
    this.#worker.on('error', (fault) => reportFault(fault, 'checkpoint'));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#isEnding = true;
        this.#goOn?.();
        this.#limitLog(usualPages);
        resolve();
      });
    });
  }

  /** How many times the whole log was copied, so that it could begin anew. */
  get completedCount(): number {
    return this.#completedCount;
  }

  /** Before the database is closed: its last connection copies what is left, and removes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#worker.ref();
    this.#order('stop');
    await this.#ended;
  }

  #order(order: CheckpointOrder): void {
    this.#worker.postMessage(order);
  }

  #limitLog(pages: number): void {
    const { connection } = this.#database;
    if (connection.isOpen) connection.exec(`pragma wal_autocheckpoint = ${pages}`);
  }

  #hear(told: CheckpointNews): void {
    if (told.news === 'nearly done') return void this.#finish();
    if (told.news === 'failed') this.#reportFault(told.fault, 'checkpoint');
    else if (told.isComplete) this.#completedCount++;
    this.#goOn?.();
  }

  /** Inside somebody's transaction nothing waits for anything; then the next time will do. */
  async #finish(): Promise<void> {
    if (this.#isEnding || !this.#database.tryEnter()) return;
    try {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#goOn = resolve;
      this.#order('finish');
      await promise;
    } finally {
      this.#goOn = null;
      this.#database.leave();
    }
  }
}
