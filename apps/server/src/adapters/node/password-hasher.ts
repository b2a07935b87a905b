import { randomBytes, timingSafeEqual } from 'node:crypto';
import { refuse } from '@parlour/core/errors';
import type { PasswordHasher, TooMany } from '../../ports/password-hasher.ts';
import { BackgroundThread } from './background-thread.ts';

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane. In each hash too, so that they can be raised. */
type Cost = { readonly memoryKib: number; readonly passes: number; readonly parallelism: number };
export type Derivation = { readonly password: string; readonly nonce: Uint8Array; readonly cost: Cost; readonly tagSizeBytes: number };
const cost: Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };

const nonceSizeBytes = 16;
const tagSizeBytes = 32;
const waitingPerRunning = 4;
/** About what one hash takes; whoever comes beyond the queue is told to come back when half of it is through. */
const hashDurationMs = 100;

/** The format of PHC strings: $argon2id$v=19$m=..,t=..,p=..$nonce$tag */
const format = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/**
 * argon2id on threads of its own, which stand back behind the serving thread: on a busy core those who log in wait, not those who talk.
 * `concurrencyMax` at once, and four times as many waiting.
 */
export class Argon2PasswordHasher implements PasswordHasher, AsyncDisposable {
  readonly #concurrencyMax: number;
  readonly #idleThreads: BackgroundThread<Derivation, Uint8Array>[];
  readonly #threads: readonly BackgroundThread<Derivation, Uint8Array>[];
  readonly #waiting: Array<() => void> = [];
  readonly #absent = makeHash(Buffer.alloc(nonceSizeBytes), Buffer.alloc(tagSizeBytes));
  #runningCount = 0;

  constructor({ concurrencyMax }: { readonly concurrencyMax: number }) {
    this.#concurrencyMax = concurrencyMax;
    const script = new URL('./password-hasher-worker.ts', import.meta.url);
    this.#threads = Array.from({ length: concurrencyMax }, () => new BackgroundThread<Derivation, Uint8Array>(script));
    this.#idleThreads = [...this.#threads];
  }

  async hash(password: string): Promise<{ readonly hash: string } | TooMany> {
    const refused = await this.#enter();
    if (refused !== null) return refused;
    try {
      const nonce = randomBytes(nonceSizeBytes);
      return { hash: makeHash(nonce, await this.#derive(password, nonce, cost)) };
    } finally {
      this.#leave();
    }
  }

  async verify(password: string, hash: string | null): Promise<{ readonly matches: boolean } | TooMany> {
    const refused = await this.#enter();
    if (refused !== null) return refused;
    try {
      const parsed = format.exec(hash ?? this.#absent);
      if (parsed === null) throw new Error('a stored password hash is not in the format of this program');
      const [, memoryKib, passes, parallelism, nonce = '', tag = ''] = parsed;
      const held = { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) };
      const derived = await this.#derive(password, Buffer.from(nonce, 'base64'), held);
      return { matches: timingSafeEqual(derived, Buffer.from(tag, 'base64')) && hash !== null };
    } finally {
      this.#leave();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }

  /** As many run as there are threads, so whoever was let in finds one idle. */
  async #derive(password: string, nonce: Uint8Array, held: Cost): Promise<Buffer> {
    const thread = this.#idleThreads.pop();
    if (!thread) throw new Error('more passwords are hashed than there are threads');
    try {
      return Buffer.from(await thread.ask({ password: password.normalize('NFKC'), nonce, cost: held, tagSizeBytes }));
    } finally {
      this.#idleThreads.push(thread);
    }
  }

  async #enter(): Promise<TooMany | null> {
    if (this.#runningCount < this.#concurrencyMax) {
      this.#runningCount += 1;
      return null;
    }
    if (this.#waiting.length >= this.#concurrencyMax * waitingPerRunning) {
      return { ...refuse('too_many_requests'), retryAfterMs: (waitingPerRunning * hashDurationMs) / 2 };
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return null;
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#runningCount -= 1;
    else next();
  }
}

function makeHash(nonce: Buffer, tag: Buffer): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.parallelism}$${text(nonce)}$${text(tag)}`;
}
