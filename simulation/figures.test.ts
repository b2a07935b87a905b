import { expect, test } from 'vitest';
import { simulationFigures, withEarlier } from './figures.ts';
import { Tally } from './tally.ts';
import { worldCode, worldFiles } from './world-code.ts';

function figuresOf(code: string, firstSeed: number) {
  const tally = new Tally();
  const counters = new Map([
    ['server crash', 3],
    [`notice of ${firstSeed} lost`, 1],
  ]);
  tally.add({ seed: firstSeed, violation: null, eventCount: 10, messageCount: 2, simulatedMs: 1_000, counters, traceHash: '' });
  return simulationFigures(tally, code, { on: '2026-11-27', firstSeed, seconds: 60, cpuSeconds: 100 });
}

test('recorded runs of the same code are added up', () => {
  const both = withEarlier(figuresOf('a', 1), figuresOf('a', 7));
  expect(both).toMatchObject({ code: 'a', seedCount: 2, failedCount: 0, eventCount: 20, messageCount: 4, simulatedMs: 2_000 });
  expect(both.runs.map(({ firstSeed }) => firstSeed)).toEqual([1, 7]);
  expect(both.faults).toEqual({ 'server crash': 6, 'notice of 1 lost': 1, 'notice of 7 lost': 1 });
});

test('a run of other code stands alone, as does the first', () => {
  expect(withEarlier(figuresOf('a', 1), figuresOf('b', 7))).toEqual(figuresOf('b', 7));
  expect(withEarlier(null, figuresOf('b', 7))).toEqual(figuresOf('b', 7));
});

test('the code that a world runs is the simulator’s and that of the product which it drives, and nothing else', () => {
  const files = worldFiles();
  for (const file of [
    'simulation/troubles.ts',
    'packages/sdk/src/leader.ts',
    'packages/core/src/marker.ts',
    'apps/server/src/owner/conversation-owner.ts',
    'apps/server/src/gateway/hub.ts',
  ])
    expect(files).toContain(file);
  expect(files.filter((file) => /node_modules|postgres|\.test\.ts|simulation\/(run|figures)\.ts/.test(file))).toEqual([]);
  expect(worldCode()).toMatch(/^[0-9a-f]{16}$/);
  expect(worldCode()).toBe(worldCode());
});
