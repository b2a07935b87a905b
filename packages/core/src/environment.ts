import type { MonotonicMs, WallMs } from './ids.ts';

export type CancelTimer = () => void;

/**
 * All that a program may learn from outside itself, passed in, so that a simulated world can stand in for the real one.
 * Sockets, stores, the bus and tab locks are ports of their own; this is the rest.
 */
export interface Environment {
  /** The wall clock: to show, never to order or to wait. */
  now(): WallMs;
  /** A clock that never jumps: to wait, never to show. */
  monotonic(): MonotonicMs;
  /** Uniform in [0, 1); for jitter and sampling, not for secrets. */
  random(): number;
  /** @returns a fresh id of 16 random bytes, fit for secrets; brand it where it is minted */
  id(): string;
  /** Calls once after `delayMs`; cancelling afterwards is harmless. */
  timer(delayMs: number, callback: () => void): CancelTimer;
  /** Calls once, when all that has arrived in this turn of the event loop has been handled. */
  endOfTurn(callback: () => void): void;
}

/** First 16 bytes of SHA-256 over the text as UTF-8, as 22 characters of base64url. */
export type Digest16 = (text: string) => string;
