import { expect, test } from 'vitest';
import { root } from './root.ts';
import { presentCounts, sum } from './steps.ts';
import { countReport } from './suite.ts';

const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test('a run is counted as its report says', () => {
  expect(countReport(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 0, failures: [] });
  expect(countReport({ ...report, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }, 1)).toEqual({
    passed: 7,
    failed: 2,
    skipped: 2,
    failures: [],
  });
});

test('an error outside every test counts as one failure', () => {
  expect(countReport(report, 1)).toMatchObject({ passed: 7, failed: 1, skipped: 0 });
});

test('the last line counts everything, and names what was skipped only if something was', () => {
  const total = sum({ passed: 7, failed: 1, skipped: 0 }, { passed: 3, failed: 0, skipped: 0 });
  expect(presentCounts(total)).toBe('10 passed, 1 failed');
  expect(presentCounts({ ...total, skipped: 2 })).toBe('10 passed, 1 failed, 2 skipped');
});

test('what failed stands before the last line, with the beginning of why', () => {
  const failed = { fullName: 'two people talk', status: 'failed', failureMessages: [`AssertionError: ${'line\n'.repeat(30)}`] };
  const passed = { fullName: 'one person talks', status: 'passed', failureMessages: [] };
  const file = { name: `${root}/tests/talk.test.ts`, status: 'failed', message: '', assertionResults: [passed, failed] };
  const broken = { name: `${root}/tests/broken.test.ts`, status: 'failed', message: 'SyntaxError: so', assertionResults: [] };
  const counts = countReport({ ...report, numFailedTests: 1, testResults: [file, broken] }, 1);
  const lines = presentCounts(sum(counts, counts)).split('\n');
  expect(lines.at(-1)).toBe('14 passed, 2 failed');
  expect(lines.filter((line) => line.startsWith('failed: '))).toEqual([
    'failed: tests/talk.test.ts > two people talk',
    'failed: tests/broken.test.ts',
    'failed: tests/talk.test.ts > two people talk',
    'failed: tests/broken.test.ts',
  ]);
  expect(lines).toContain('    SyntaxError: so');
  expect(lines.length).toBeLessThan(40);
});
