import type { MonotonicMs } from './ids.ts';

export type Presence = 'online' | 'offline';

/** One connection's signs of life. */
export type Liveness = { readonly lastSignAt: MonotonicMs };

/** [PRES-1] A connection without a sign of life for `offlineAfterMs` is gone, whatever its socket says. */
export function isAlive({ lastSignAt }: Liveness, now: MonotonicMs, offlineAfterMs: number): boolean {
  return now - lastSignAt < offlineAfterMs;
}

/** [PRES-2] A person is online while any of their connections is alive. */
export function presenceOf(connections: Iterable<Liveness>, now: MonotonicMs, offlineAfterMs: number): Presence {
  for (const connection of connections) if (isAlive(connection, now, offlineAfterMs)) return 'online';
  return 'offline';
}
