import { hash, randomFillSync } from 'node:crypto';
import type { Digest16, Environment } from '@parlour/core/environment';
import { idFromBytes, type MonotonicMs, type Salt, type WallMs } from '@parlour/core/ids';

/** The real world. The only file of the server's inner rooms that may ask it for time or randomness. */
export const nodeEnvironment: Environment = {
  now: () => Date.now() as WallMs,
  monotonic: () => performance.now() as MonotonicMs,
  random: () => Math.random(),
  id: () => idFromBytes(takeRandom()),
  timer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  endOfTurn: (callback) => {
    setImmediate(callback);
  },
};

/** SHA-256 by OpenSSL, in one call without an object. */
export const digest16: Digest16 = (text) => hash('sha256', text, 'buffer').toString('base64url', 0, 16);

export const mintSalt = (): Salt => takeRandom().toString('base64url') as Salt;

/** Random bytes are drawn by the kilobyte: a call for each salt would cost more than the salt's use. */
const pool = Buffer.allocUnsafeSlow(4_096);
let poolOffset = pool.length;
function takeRandom(): Buffer {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += 16;
  return pool.subarray(poolOffset - 16, poolOffset);
}
