import { expect, test } from 'vitest';
import { type CrashPoint, crashPoints, findUnmetPoints } from './crash-points.ts';

const kills = Object.fromEntries(crashPoints.map((point) => [point, 2])) as Record<CrashPoint, number>;

test('a point that a long run never met is named; a short run need not meet all', () => {
  const withoutImport = { ...kills, 'during import': 0 };
  expect(findUnmetPoints(kills, 200)).toEqual([]);
  expect(findUnmetPoints(withoutImport, 200)).toEqual(['in 200 cycles nothing was killed during import']);
  expect(findUnmetPoints(withoutImport, crashPoints.length - 1)).toEqual([]);
});
