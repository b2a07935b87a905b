import { expect, test } from 'vitest';
import { nextRegion } from './region-steps.ts';

test.each([
  { count: 3, index: -1, back: false, expected: 0 },
  { count: 3, index: 0, back: false, expected: 1 },
  { count: 3, index: 2, back: false, expected: 0 },
  { count: 3, index: -1, back: true, expected: 2 },
  { count: 3, index: 0, back: true, expected: 2 },
  { count: 1, index: 0, back: false, expected: 0 },
])('[X-39] from $index of $count, back: $back, to $expected', ({ expected, ...from }) => {
  expect(nextRegion(from)).toBe(expected);
});
