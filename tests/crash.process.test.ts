import { expect, test } from 'vitest';
import { crashPoints } from '../testkit/crash-points.ts';
import { runCrashes } from '../testkit/crash-run.ts';

const cycles = crashPoints.length;

test('kill -9 at each point: what was acknowledged is there, once, in order; the clients return and hold the promises of the simulation', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`again with: npm run crash-test -- --cycles ${cycles} --seed ${seed}`);
  const report = await runCrashes({ cycles, seed, say: console.log });
  expect(report.faults).toEqual([]);
  expect(report.keptFolder).toBeNull();
  expect(report.kills).toEqual(Object.fromEntries(crashPoints.map((point) => [point, 1])));
  expect(report.sentCount).toBeGreaterThan(100);
  expect(report.acknowledgedCount).toBe(report.sentCount);
  expect(report.unknownCount).toBeGreaterThan(0);
}, 900_000);
