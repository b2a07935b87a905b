import { refuse } from '@parlour/core/errors';
import type { TooMany } from '../../ports/password-hasher.ts';
import type { PasswordJudge } from '../../ports/password-judge.ts';
import { BackgroundThread } from './background-thread.ts';

export type Question = { readonly password: string; readonly personalWords: readonly string[] };
export type Judgement = { readonly score: number; readonly reason: string };

type Verdict = { readonly verdict: 'strong' } | { readonly verdict: 'weak'; readonly reason: string };

/** zxcvbn's scale: 3 is safe against guessing by those who stole the hashes, for a slow hash. */
const scoreMin = 3;
/** What it costs grows with the square of the length, and nothing weak becomes visible only further on. */
const lengthJudgedMax = 64;
const waitingMax = 16;

/** zxcvbn takes up to 150 ms and its dictionaries take as long to load, so it lives on a thread of its own, from the first question on. */
export class ZxcvbnPasswordJudge implements PasswordJudge, AsyncDisposable {
  readonly #thread = new BackgroundThread<Question, Judgement>(new URL('./password-judge-worker.ts', import.meta.url));

  async judge(password: string, personalWords: readonly string[]): Promise<Verdict | TooMany> {
    if (this.#thread.waitingCount >= waitingMax) return { ...refuse('too_many_requests'), retryAfterMs: 1_000 };
    const { score, reason } = await this.#thread.ask({ password: password.slice(0, lengthJudgedMax), personalWords });
    return score >= scoreMin ? { verdict: 'strong' } : { verdict: 'weak', reason };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}
