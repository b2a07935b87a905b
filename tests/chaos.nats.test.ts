import { expect, test } from 'vitest';
import { runChaos } from '../testkit/chaos-run.ts';
import { troubleKinds } from '../testkit/troubles.ts';

const seconds = 120;

test('servers, PostgreSQL, NATS and the lines between them are killed, paused and cut while real clients talk: what was acknowledged is there, once, in order, and all show the same', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`again with: npm run chaos -- --minutes ${seconds / 60} --seed ${seed}`);
  const report = await runChaos({ lengthMs: seconds * 1_000, seed, say: console.log });
  expect(report.faults).toEqual([]);
  expect(Object.values(report.troubles).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(troubleKinds.length / 2);
  expect(report.acknowledgedCount).toBe(report.sentCount);
  expect(report.acknowledgedInTroubleCount).toBeGreaterThan(100);
  expect(report.entryCount).toBeGreaterThan(report.sentCount);
  expect(report.looks).toBe(1);
});
