import { expect, test } from 'vitest';
import { readFigures } from '../tools/figures.ts';
import { type PlacementFigures, placed, placementFigures } from './placement.ts';

const seeds = [2, 3, 4];

test.each(seeds)('two choices never send more than a quarter to a node that joins while everyone reconnects (seed %i)', (seed) => {
  const situation = 'everyone reconnecting, a node added';
  expect(placed(situation, 'two choices', seed).largestShareOfNew).toBeLessThan(0.25);
  // Whom the least busy way sends nearly all to: so it is the choosing that holds.
  expect(placed(situation, 'the least busy', seed).largestShareOfNew).toBeGreaterThan(0.75);
});

test.each(seeds)('a slow node is relieved by two choices, and filled by taking turns (seed %i)', (seed) => {
  const [two, turns] = [placed('a slow node', 'two choices', seed), placed('a slow node', 'taking turns', seed)];
  expect(turns.busiest).toBeGreaterThan(0.9);
  expect(two.busiest).toBeLessThan(0.7);
  expect(two.waitMs.p99).toBeLessThan(turns.waitMs.p99 / 2);
});

test('where everyone reconnects, two choices topple nobody, and the least busy way topples one after the other', () => {
  const [two, least] = [placed('everyone reconnecting', 'two choices', 2), placed('everyone reconnecting', 'the least busy', 2)];
  expect(two.largestShare).toBeLessThan(0.3);
  expect(two.waitMs.max).toBeLessThan(least.waitMs.max / 10);
});

test('the figures in the documentation are what the simulation says today (`npm run placement -- --record`)', () => {
  const { seed, rows } = readFigures<PlacementFigures>('placement');
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  expect(JSON.parse(JSON.stringify({ seed, rows }, round))).toEqual(JSON.parse(JSON.stringify(placementFigures(), round)));
});
