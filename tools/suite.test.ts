import { expect, test } from 'vitest';
import { presentCounts, sum } from './steps.ts';
import { countReport } from './suite.ts';

const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

test('a run is counted as its report says', () => {
  expect(countReport(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 0 });
  expect(countReport({ ...report, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }, 1)).toEqual({
    passed: 7,
    failed: 2,
    skipped: 2,
  });
});

test('an error outside every test counts as one failure', () => {
  expect(countReport(report, 1)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('the last line counts everything, and names what was skipped only if something was', () => {
  const total = sum({ passed: 7, failed: 1, skipped: 0 }, { passed: 3, failed: 0, skipped: 0 });
  expect(presentCounts(total)).toBe('10 passed, 1 failed');
  expect(presentCounts({ ...total, skipped: 2 })).toBe('10 passed, 1 failed, 2 skipped');
});
