import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bound, boundsOf, type Costs, loadOf, type Room, usualHabits } from './capacity-sums.ts';

const costs: Costs = { messageUs: 50, deliveryUs: 5, answerMs: { p50: 1, p99: 2 }, connectionBytes: 15_000, messageBytes: 300 };
const room: Room = { memoryBytes: 4e9, diskBytes: 100e9, sockets: 50_000 };

test('what breaks first stands first, and each bound is where its part is used up', () => {
  const amount = fc.double({ min: 0.1, max: 1e6, noNaN: true });
  const places = fc.record({
    messageUs: amount,
    connectionBytes: amount,
    messageBytes: amount,
    sockets: fc.integer({ min: 1_000, max: 1_000_000 }),
  });
  fc.assert(
    fc.property(places, ({ sockets, ...given }) => {
      const [here, there] = [
        { ...costs, ...given },
        { ...room, sockets },
      ];
      const bounds = boundsOf(here, usualHabits, there);
      expect(bounds.map(({ people }) => people)).toEqual(bounds.map(({ people }) => people).sort((one, other) => one - other));
      for (const { of, people } of bounds) {
        expect(loadOf(people, here, usualHabits, there)[of]).toBeLessThanOrEqual(1 + 1e-9);
        expect(loadOf(people + 1, here, usualHabits, there)[of]).toBeGreaterThan(1 - 1e-9);
      }
    }),
  );
});

test('by hand: 10,000 people of 40 messages a day', () => {
  const load = loadOf(10_000, costs, usualHabits, room);
  // 16.7 messages a second of 60 µs, of 0.6 of a thread.
  expect(load['serving thread']).toBeCloseTo((16.667 * 60e-6) / 0.6, 5);
  expect(load.sockets).toBeCloseTo(3_000 / 50_000, 5);
  expect(load.memory).toBeCloseTo((3_000 * 20_000) / 2e9, 5);
  expect(load.disk).toBeCloseTo((10_000 * 40 * 365 * 300) / 80e9, 5);
  expect(boundsOf(costs, usualHabits, room)[0]).toEqual<Bound>({ of: 'disk', people: 18_264 });
});
