import type { PackedRow } from '@parlour/protocol/packed-row';

const word = 2n ** 32n;
const groupCount = 64;

/** `h` as SPEC.md writes it. */
function h(text: string, seed: bigint): bigint {
  let hash = 0x811c9dc5n ^ seed;
  for (let index = 0; index < text.length; index++) hash = ((hash ^ BigInt(text.charCodeAt(index))) * 0x01000193n) % word;
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) % word;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) % word;
  return hash ^ (hash >> 16n);
}

export function groupOf(conversation: string): number {
  return Number(h(conversation, 0x9747b28cn) % BigInt(groupCount));
}

/** [SYNC-1] What a replica with these rows says of itself. */
export function syncSums(rows: readonly PackedRow[]): readonly number[] {
  const sums = new Array<bigint>(groupCount).fill(0n);
  for (const row of rows) {
    const [conversation, , , , headSeq, headChain] = row;
    const readSeq = row[10];
    const told = row[15].reduce((sum, [, read, , received]) => sum + read + (received as number), 0);
    const line = `${conversation} ${headSeq} ${headChain} ${readSeq} ${told}`;
    const group = groupOf(conversation);
    const sum = (h(line, 1n) & 0xfffffn) * word + h(line, 2n);
    sums[group] = ((sums[group] ?? 0n) + sum) % 2n ** 52n;
  }
  return sums.map(Number);
}

export const emptySums: readonly number[] = new Array<number>(groupCount).fill(0);
