import { randomFillSync } from 'node:crypto';
import type { Environment } from '@parlour/core/environment';
import { idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import type { Connect, Credentials, Signals } from './platform.ts';
import { hearWebSocket } from './web-environment.ts';

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

/** Node's own takes headers, which a page's does not. */
const NodeWebSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

/** [CONN-2] A browser says which page connects; a program says that it is at home where it connects to. */
export const connectFromNode: Connect = (url, events) => {
  const { origin } = new URL(url.replace(/^ws/, 'http'));
  return hearWebSocket(new NodeWebSocket(url, { headers: { origin } }), events);
};

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
