import { setTimeout as wait } from 'node:timers/promises';
import type { ParlourProcess } from '../tests/parlour-process.ts';

/** As a service manager waits before it starts again what ended. */
const againAfterMs = 500;
/** Longer than anything that keeps a server from starting may last. */
const upMsMax = 180_000;

/** A server and what a service manager does for it: where its process ends by itself, or does not come up, it is started again. */
export class KeptUpServer {
  /** So often its process ended and nobody had killed it. */
  endedCount = 0;
  /** So often one that was started did not come to listen. */
  failedStartCount = 0;
  readonly #begin: () => Promise<ParlourProcess>;
  #up: Promise<ParlourProcess>;
  #isOver = false;

  constructor(begin: () => Promise<ParlourProcess>) {
    this.#begin = begin;
    this.#up = this.#bringUp();
  }

  /** Once it listens. @throws where it does not come up */
  up(): Promise<ParlourProcess> {
    return this.#up;
  }

  /** From now on what ends may end. */
  release(): void {
    this.#isOver = true;
  }

  async killFor(forMs: number): Promise<void> {
    const server = await this.#up;
    const down = Promise.withResolvers<void>();
    this.#up = down.promise.then(() => this.#bringUp());
    this.#up.catch(() => {});
    await server.kill();
    await wait(forMs);
    down.resolve();
    await this.#up;
  }

  async pauseFor(forMs: number): Promise<void> {
    const server = await this.#up;
    server.signal('SIGSTOP');
    try {
      await wait(forMs);
    } finally {
      server.signal('SIGCONT');
    }
  }

  async #bringUp(): Promise<ParlourProcess> {
    const endMs = performance.now() + upMsMax;
    for (;;) {
      try {
        const server = await this.#begin();
        void this.#watch(server);
        return server;
      } catch (error) {
        this.failedStartCount += 1;
        if (this.#isOver || performance.now() > endMs) throw error;
        await wait(againAfterMs);
      }
    }
  }

  async #watch(server: ParlourProcess): Promise<void> {
    const code = await server.ended;
    const isKilled = code === null;
    if (isKilled || this.#isOver) return;
    this.endedCount += 1;
    this.#up = wait(againAfterMs).then(() => this.#bringUp());
    this.#up.catch(() => {});
  }
}
