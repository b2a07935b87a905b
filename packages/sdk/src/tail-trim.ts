import type { ClientLimits } from './client-limits.ts';
import type { Tail } from './store.ts';

/** The last seq to forget; null where the tail is short enough. */
export function decideTrim(
  { before, position }: Tail,
  { tailLengthMax, tailLengthKept }: Pick<ClientLimits, 'tailLengthMax' | 'tailLengthKept'>,
): number | null {
  return position.seq - before.seq > tailLengthMax ? position.seq - tailLengthKept : null;
}
