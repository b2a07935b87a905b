import { bytesOfDigest, type Chain } from './ids.ts';

const digitsPerGroup = 5;

/** A chain as eight groups of five digits, to be read aloud and compared. Nothing of it is left out: two chains with one fingerprint are one chain. */
export function fingerprintOf(chain: Chain): string {
  const bytes = bytesOfDigest(chain);
  const groups: string[] = [];
  for (let index = 0; index < bytes.length; index += 2) {
    groups.push(String(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).padStart(digitsPerGroup, '0'));
  }
  return groups.join(' ');
}
