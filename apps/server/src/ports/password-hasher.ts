import type { Refusal } from '@parlour/core/errors';

/** Says no for a while: the same request may succeed after `retryAfterMs`. */
export type TooMany = Refusal<'too_many_requests'> & { readonly retryAfterMs: number };

/**
 * Slow on purpose, away from the serving thread, and bounded: beyond what may wait, callers are told when to come back.
 * Knows nothing of people; a hash is a text that says how it was made.
 */
export interface PasswordHasher {
  hash(password: string): Promise<{ readonly hash: string } | TooMany>;
  /** @param hash null where there is no such account: the same work is done, and nothing matches */
  verify(password: string, hash: string | null): Promise<{ readonly matches: boolean } | TooMany>;
}
