import type { Chain, ConversationId, Seq } from './ids.ts';
import { limits } from './limits.ts';

/** What must be equal on both sides for one conversation to need no sync. */
export type DigestRow = {
  readonly conversation: ConversationId;
  readonly headSeq: Seq;
  readonly headChain: Chain;
  /** The reader's own read marker. */
  readonly readSeq: Seq;
  /** Sum over what the reader may see of others' markers; see `receiptsSum`. */
  readonly receiptsSum: number;
};

/** 64 sums; group by group equal exactly when (but for one chance in 2^52) the rows in it are equal. */
export type SyncDigest = readonly number[];

const modulus = 2 ** 52;

/** [SYNC-1] Order does not matter and each row counts, so both sides reach the same sums whatever the order of their rows. */
export function syncDigestOf(rows: Iterable<DigestRow>): SyncDigest {
  const sums = new Array<number>(limits.digestGroupCount).fill(0);
  for (const row of rows) {
    const group = digestGroupOf(row.conversation);
    sums[group] = ((sums[group] ?? 0) + rowHash(row)) % modulus;
  }
  return sums;
}

export function digestGroupOf(conversation: ConversationId): number {
  return hash32(conversation, 0x9747b28c) % limits.digestGroupCount;
}

/** Two hashes of the row's line in one pass: the first gives the upper 20 bits, the second the lower 32. */
function rowHash({ conversation, headSeq, headChain, readSeq, receiptsSum }: DigestRow): number {
  const text = `${conversation} ${headSeq} ${headChain} ${readSeq} ${receiptsSum}`;
  let upper = offsetBasis ^ 1;
  let lower = offsetBasis ^ 2;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    upper = Math.imul(upper ^ code, prime);
    lower = Math.imul(lower ^ code, prime);
  }
  return (mix(upper) & 0xfffff) * 2 ** 32 + mix(lower);
}

/** FNV-1a with a finishing mix: quick and even; nothing is proved by it, a chain is behind every row. */
function hash32(text: string, seed: number): number {
  let hash = offsetBasis ^ seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  return mix(hash);
}

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
