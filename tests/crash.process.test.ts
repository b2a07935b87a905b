import { expect, test } from 'vitest';
import { runCrashes } from '../testkit/crash-run.ts';

const cycles = 5;

test('kill -9 under load, five times: what was acknowledged is there, once, in order; the clients return and agree with the recount', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`again with: npm run crash-test -- --cycles ${cycles} --seed ${seed}`);
  const report = await runCrashes({ cycles, seed, say: console.log });
  expect(report.faults).toEqual([]);
  expect(Object.values(report.kills)).toEqual([1, 1, 1, 1, 1]);
  expect(report.sentCount).toBeGreaterThan(100);
  expect(report.acknowledgedCount).toBe(report.sentCount);
}, 900_000);
