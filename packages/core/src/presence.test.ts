import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonotonicMs } from './ids.ts';
import { isAlive, presenceOf } from './presence.ts';

const offlineAfterMs = 25_000;
const at = (lastSignAt: number) => ({ lastSignAt: lastSignAt as MonotonicMs });

describe('presence', () => {
  test('[PRES-1] a connection is alive until exactly the time without a sign has passed', () => {
    expect(isAlive(at(100), 25_099 as MonotonicMs, offlineAfterMs)).toBe(true);
    expect(isAlive(at(100), 25_100 as MonotonicMs, offlineAfterMs)).toBe(false);
  });

  test('[PRES-2] a person is online exactly while the newest of their signs is young enough', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { maxLength: 5 }), fc.integer({ min: 60_000, max: 90_000 }), (signs, now) => {
        const expected = signs.length > 0 && now - Math.max(...signs) < offlineAfterMs ? 'online' : 'offline';
        expect(presenceOf(signs.map(at), now as MonotonicMs, offlineAfterMs)).toBe(expected);
      }),
    );
  });
});
