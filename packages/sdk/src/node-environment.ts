import { randomFillSync } from 'node:crypto';
import type { Environment } from '@parlour/core/environment';
import { idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import type { Connect, Credentials, Exchange, Signals } from './platform.ts';

/** The real world of a program in Node. This file and its sister for browsers are the only ones that may ask it for time and randomness. */
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

/** The WebSocket of Node and of browsers is one. */
export const connectWebSocket: Connect = (url, { onOpen, onText, onClose }) => {
  const socket = new WebSocket(url);
  socket.addEventListener('open', onOpen);
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') onText(data);
  });
  socket.addEventListener('close', ({ code }) => onClose(code));
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
};

const answerMs = 20_000;

export const exchangeByFetch: Exchange = async ({ method, url, headers, body }) => {
  const response = await fetch(url, { method, headers, body, cache: 'no-store', signal: AbortSignal.timeout(answerMs) });
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : null;
  return { status: response.status, retryAfterMs, text: await response.text() };
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
