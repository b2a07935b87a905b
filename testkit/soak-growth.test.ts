import { expect, test } from 'vitest';
import { findGrowth, type SoakMinute } from './soak-growth.ts';

function minutes(count: number, minuteAt: (index: number) => SoakMinute): SoakMinute[] {
  return Array.from({ length: count }, (_, index) => minuteAt(index));
}

test('a start that takes memory and then holds it is flat', () => {
  const table = minutes(30, (index) => ({ memoryMb: 100 + Math.min(index, 10) * 5 + (index % 2), databaseMb: 10 }));
  expect(findGrowth(table)).toMatchObject({ warmUpMinutes: 10, isTooMuch: false });
});

test('a leak is found, whatever the start was', () => {
  const table = minutes(30, (index) => ({ memoryMb: 100 + Math.min(index, 10) * 5 + index * 0.3, databaseMb: 10 }));
  const growth = findGrowth(table);
  expect(growth.memoryMbPerMinute).toBeCloseTo(0.3, 5);
  expect(growth.isTooMuch).toBe(true);
});

test('a short run is not judged by its warm-up, and says so', () => {
  const table = minutes(9, (index) => ({ memoryMb: 100 + index * 5, databaseMb: 10 }));
  expect(findGrowth(table)).toMatchObject({ isTooShort: true, isTooMuch: false });
});
