import { StorageFailure } from '@parlour/core/errors';
import type { MarkerRaise } from '../ports/log-store.ts';

/** A marker on its way to the disk, and who waits to hear that it is there (null) or why not. */
export type PendingRaise = {
  readonly raise: MarkerRaise;
  readonly settled: ((failure: StorageFailure | null) => void)[];
  readonly tries: number;
};

/** Resolves once it is durable. Rejects with why it is not, or may not be. */
export function whenSettled({ settled }: PendingRaise): Promise<void> {
  return new Promise((resolve, reject) => settled.push((failure) => (failure ? reject(failure) : resolve())));
}

/** What is said to those whose mark was decided on what the store may not say any more. */
export function overtaken(): StorageFailure {
  return new StorageFailure('cannot mark it: the store may have gone back meanwhile', { outcome: 'not_applied', retryAfterMs: 1_000 });
}
