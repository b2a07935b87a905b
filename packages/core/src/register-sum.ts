import type { RegisterVersion } from './ids.ts';

/** Above this a version is counted without its higher digits, so that the sum of all that a person may have stays exact. */
export const versionCountedBelow = 2 ** 32;

/**
 * [REG-2] Tells whether two hold the same registers. Versions take steps of random length, so a store that went back in time does not come to the
 * same versions twice.
 * @param versions of all registers that were ever written
 */
export function sumOfVersions(versions: readonly RegisterVersion[]): number {
  return versions.reduce((sum, ver) => sum + (ver % versionCountedBelow), 0);
}
