import { expect, test } from 'vitest';
import { usualHabits } from '../apps/server/src/cli/capacity-sums.ts';
import { assumedRoom, breakPoint, clusterCosts } from './break-points.ts';
import type { GrowthPoint } from './growth.ts';

const point = (of: Pick<GrowthPoint, 'growing' | 'count'> & Partial<GrowthPoint>): GrowthPoint => ({
  store: 'PostgreSQL',
  devices: 2,
  costUs: { servers: 60, database: 40, bus: 0 },
  messagesPerCommit: 16,
  generatorShare: 0.3,
  seededBytes: 0,
  ...of,
});

const measured: readonly GrowthPoint[] = [
  point({ growing: 'stored', count: 10_000, seededBytes: 13_000_000 }),
  point({ growing: 'stored', count: 1_000_000, seededBytes: 409_000_000 }),
  point({ growing: 'stored', count: 1_000_000, seededBytes: 1, store: 'SQLite' }),
  point({ growing: 'devices', count: 1, devices: 2 }),
  point({ growing: 'devices', count: 8, devices: 16, costUs: { servers: 116, database: 40, bus: 0 } }),
  point({ growing: 'nodes', count: 1 }),
  point({ growing: 'nodes', count: 3, costUs: { servers: 100, database: 50, bus: 10 } }),
];

test('the costs are what one more of each adds', () => {
  const alone = { messageUs: 60, deliveryUs: 4, connectionBytes: 20_000, messageBytes: 400 };
  expect(clusterCosts(measured, 20_000)).toEqual({ alone, across: { ...alone, messageUs: 100 }, databaseUs: 50, busUs: 10 });
});

test('what was not measured is missed by name', () => {
  expect(() =>
    clusterCosts(
      measured.filter(({ growing }) => growing !== 'nodes'),
      1,
    ),
  ).toThrow(/no two points of growing nodes/);
});

test('few people need one server, and many as many as what runs out first asks for', () => {
  const costs = clusterCosts(measured, 20_000);
  expect(breakPoint(100, costs)).toMatchObject({ servers: 1, serversBy: { thread: 1, memory: 1, sockets: 1 } });
  // 300,000 sockets of 50,000 a server, before their memory and their messages need so many.
  expect(breakPoint(1_000_000, costs)).toMatchObject({ servers: 6, serversBy: { thread: 1, memory: 1, sockets: 6 } });
});

test('what breaks first is what is used up the most', () => {
  const costs = clusterCosts(measured, 20_000);
  expect(breakPoint(1_000, costs).first).toBe("a server's sockets");
  expect(breakPoint(1_000, costs, { ...usualHabits, keptDays: 3_650 }).first).toBe("PostgreSQL's disk");
  expect(breakPoint(1_000, { ...costs, databaseUs: 100_000 }, { ...usualHabits, keptDays: 1 }).first).toBe("PostgreSQL's cores");
});

test('the database needs what its messages cost, with room to answer in time', () => {
  const { messagesPerSecond, databaseCores, databaseBytes } = breakPoint(3_600_000, clusterCosts(measured, 20_000), {
    ...usualHabits,
    messagesADay: 10,
    busiestHour: 0.1,
    keptDays: 100,
  });
  expect(messagesPerSecond).toBeCloseTo(1_000);
  expect(databaseCores).toBeCloseTo((1_000 * 50e-6) / 0.6);
  expect(databaseBytes).toBeCloseTo(3_600_000 * 10 * 100 * 400);
  expect(assumedRoom.databaseCores).toBeGreaterThan(databaseCores);
});
