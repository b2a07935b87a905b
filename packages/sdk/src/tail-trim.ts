import type { Tail } from './store.ts';

/** Entries kept of one conversation; when there are more, the older ones are forgotten, down to `keptLength`. */
export const tailLengthMax = 500;
const keptLength = 300;

/** The last seq to forget; null where the tail is short enough. */
export function decideTrim({ before, position }: Tail): number | null {
  return position.seq - before.seq > tailLengthMax ? position.seq - keptLength : null;
}
