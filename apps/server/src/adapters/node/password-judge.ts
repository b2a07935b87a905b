import { Worker } from 'node:worker_threads';
import { refuse } from '@parlour/core/errors';
import type { TooMany } from '../../ports/password-hasher.ts';
import type { PasswordJudge } from '../../ports/password-judge.ts';

export type Question = { readonly number: number; readonly password: string; readonly personalWords: readonly string[] };
export type Judgement = { readonly number: number; readonly score: number; readonly reason: string };

type Verdict = { readonly verdict: 'strong' } | { readonly verdict: 'weak'; readonly reason: string };
type Waiting = { readonly resolve: (verdict: Verdict) => void; readonly reject: (error: Error) => void };

/** zxcvbn's scale: 3 is safe against guessing by those who stole the hashes, for a slow hash. */
const scoreMin = 3;
/** What it costs grows with the square of the length, and nothing weak becomes visible only further on. */
const lengthJudgedMax = 64;
const waitingMax = 16;

/** zxcvbn takes up to 150 ms and its dictionaries take as long to load, so it lives on a thread of its own, from the first question on. */
export class ZxcvbnPasswordJudge implements PasswordJudge, AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #number = 0;

  async judge(password: string, personalWords: readonly string[]): Promise<Verdict | TooMany> {
    if (this.#waiting.size >= waitingMax) return { ...refuse('too_many_requests'), retryAfterMs: 1_000 };
    const question: Question = { number: ++this.#number, password: password.slice(0, lengthJudgedMax), personalWords };
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.set(question.number, { resolve, reject });
    const worker = this.#worker ?? this.#start();
    worker.ref();
    worker.postMessage(question);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./password-judge-worker.ts', import.meta.url));
    this.#worker = worker;
    worker.on('message', ({ number, score, reason }: Judgement) => {
      this.#waiting.get(number)?.resolve(score >= scoreMin ? { verdict: 'strong' } : { verdict: 'weak', reason });
      this.#waiting.delete(number);
      // An idle judge must not keep the process alive.
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(new Error('the thread that judges passwords ended')));
    return worker;
  }

  /** Those who wait get the error; the next question starts a new thread. */
  #fail(error: Error): void {
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
