import type { TooMany } from './password-hasher.ts';

/** Measures how easily a password is guessed, away from the serving thread. */
export interface PasswordJudge {
  /** @param personalWords what an attacker who knows the person tries first: name, handle, e-mail */
  judge(
    password: string,
    personalWords: readonly string[],
  ): Promise<{ readonly verdict: 'strong' } | { readonly verdict: 'weak'; readonly reason: string } | TooMany>;
}
