import { expect, test } from 'vitest';
import { presentShrunk } from './present-report.ts';
import { neverTaken, rarePaths } from './rare-paths.ts';
import { SeedPool } from './seed-pool.ts';
import { kindOf, shrink } from './shrink.ts';
import type { SimulationReport } from './simulation.ts';

test('a failing seed is shrunk to few of its deeds, which fail in the same way and print the command that replays them', async () => {
  await using pool = new SeedPool('one’s own messages count as unread');
  let failed: SimulationReport | null = null as SimulationReport | null;
  let seed = 1;
  await pool.runAll(
    () => (failed ? null : { seed: seed++ }),
    (report) => {
      if (report.violation && (!failed || report.seed < failed.seed)) failed = report;
    },
  );
  if (!failed?.violation) throw new Error('nothing failed');
  const least = await shrink(failed, pool);
  expect(kindOf(least)).toBe(kindOf(failed));
  expect(least.violation?.deeds.length).toBeLessThan(Math.max(2, failed.violation.deeds.length / 2));
  expect(presentShrunk(failed, least)).toContain(`--seed ${failed.seed} --only ${least.violation?.deeds.join(',') || 'none'} --trace`);

  const replayed: SimulationReport[] = [];
  const only = least.violation?.deeds ?? [];
  let isAsked = false;
  const once = () => {
    if (isAsked) return null;
    isAsked = true;
    return { seed: least.seed, only };
  };
  await pool.runAll(once, (report) => replayed.push(report));
  expect(replayed.map(({ traceHash, violation }) => [traceHash, violation?.message])).toEqual([
    [least.traceHash, least.violation?.message],
  ]);
});

test('a rare path that a long run never took is named; a short run may not have come to it', () => {
  const counters = new Map(rarePaths.slice(1).map((path) => [path, 1]));
  expect(neverTaken(counters, 1_000_000)).toEqual(rarePaths.slice(0, 1));
  expect(neverTaken(counters, 10)).toEqual([]);
});
