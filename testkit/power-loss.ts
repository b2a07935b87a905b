import type { SeededRandom } from '../simulation/seeded-random.ts';
import type { FileChange, WriteRecord } from './write-record.ts';

/** What becomes of writes that no sync has followed: none of them is there, the first of them are, or any of them; the last may be torn. */
export const fates = ['none', 'first', 'any'] as const;
export type Fate = (typeof fates)[number];

export type Loss = {
  /** The place in the trace at which the power goes. */
  readonly at: number;
  readonly fate: Fate;
  readonly random: SeededRandom;
  /** Set where the disk says that it has synced, and has not. */
  readonly isDiskLying?: true;
};

/**
 * Files as a loss of power leaves them.
 * @param before as they were when the record began, all of it durable
 * @returns null for a file that is not there
 */
export function filesAfterLoss(
  { changes, syncs }: Pick<WriteRecord, 'changes' | 'syncs'>,
  before: ReadonlyMap<string, Buffer>,
  { at, fate, random, isDiskLying }: Loss,
): Map<string, Buffer | null> {
  const begun = changes.filter(({ begin }) => begin <= at);
  const isDurable = ({ file, end, what }: FileChange) =>
    !isDiskLying &&
    syncs.some(({ path, ...sync }) => {
      // What a folder names is durable with the folder.
      const isOf = what.kind === 'remove' ? file.startsWith(`${path}/`) : path === file;
      return isOf && sync.begin > end && sync.end <= at;
    });
  const durable = new Set(begun.filter(isDurable));
  const open = begun.filter((change) => !durable.has(change));
  const kept = new Map(choose(open, fate, random).map((change) => [change, change.what]));
  const last = [...kept.keys()].at(-1);
  if (last?.what.kind === 'write' && random.chance(0.5)) {
    kept.set(last, { ...last.what, bytes: last.what.bytes.subarray(0, random.between(0, last.what.bytes.length)) });
  }
  const files = new Map([...before].map(([file, bytes]) => [file, new GrowingFile(bytes)]));
  for (const change of begun) {
    const what = durable.has(change) ? change.what : kept.get(change);
    if (what) files.get(change.file)?.apply(what);
  }
  return new Map([...files].map(([file, { bytes }]) => [file, bytes]));
}

function choose(open: readonly FileChange[], fate: Fate, random: SeededRandom): readonly FileChange[] {
  if (fate === 'none') return [];
  return fate === 'first' ? open.slice(0, random.between(0, open.length + 1)) : open.filter(() => random.chance(0.5));
}

class GrowingFile {
  #held: Buffer;
  #sizeBytes: number;
  #isThere = true;

  constructor(bytes: Buffer) {
    this.#held = Buffer.from(bytes);
    this.#sizeBytes = bytes.length;
  }

  get bytes(): Buffer | null {
    return this.#isThere ? this.#held.subarray(0, this.#sizeBytes) : null;
  }

  apply(what: FileChange['what']): void {
    if (what.kind === 'remove') {
      this.#isThere = false;
    } else if (what.kind === 'truncate') {
      this.#reserve(what.sizeBytes);
      this.#held.fill(0, Math.min(what.sizeBytes, this.#sizeBytes));
      this.#sizeBytes = what.sizeBytes;
    } else {
      this.#reserve(what.offset + what.bytes.length);
      what.bytes.copy(this.#held, what.offset);
      this.#sizeBytes = Math.max(this.#sizeBytes, what.offset + what.bytes.length);
    }
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#held.length) return;
    const grown = Buffer.alloc(2 * sizeBytes);
    this.#held.copy(grown, 0, 0, this.#sizeBytes);
    this.#held = grown;
  }
}
