import { randomFillSync } from 'node:crypto';
import type { Environment } from '@parlour/core/environment';
import { idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import type { Credentials, Signals } from './platform.ts';

/** The real world of a program in Node. Only files of this name may ask it for time and randomness. */
export const nodeEnvironment: Environment = {
  now: () => Date.now() as WallMs,
  monotonic: () => performance.now() as MonotonicMs,
  random: () => Math.random(),
  id: () => idFromBytes(randomFillSync(new Uint8Array(16))),
  timer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn: (callback) => void setImmediate(callback),
};

/** A program is always looking, and learns of its network by trying. */
export const nodeSignals: Signals = { isVisible: () => true, subscribe: () => () => {} };

/** Keeps the refresh token for as long as the process runs. */
export function memoryCredentials(): Credentials {
  let held: string | null = null;
  return {
    load: async () => held,
    save: async (refreshToken) => {
      held = refreshToken;
    },
  };
}
