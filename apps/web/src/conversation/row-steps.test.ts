import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdBack, holdBefore, nextRowStep, sameKeys } from './row-steps.ts';
import type { Row } from './rows.ts';

const rowsFrom = (from: number, until: number): Row[] =>
  Array.from({ length: until - from }, (_, index) => ({ kind: 'day', key: `${from + index}`, at: from + index }));
const keys = (rows: readonly Row[]) => rows.map(({ key }) => key);

test('[X-14] history that comes above is one step at the start', () => {
  expect(nextRowStep(rowsFrom(5, 8), rowsFrom(3, 8))).toEqual({ rows: rowsFrom(3, 8), atStart: true, reset: false });
});

test('[X-14] a window that moves changes first at its start and then at its end', () => {
  const first = nextRowStep(rowsFrom(5, 9), rowsFrom(3, 7));
  expect(first).toEqual({ rows: rowsFrom(3, 9), atStart: true, reset: false });
  expect(nextRowStep(first.rows, rowsFrom(3, 7))).toEqual({ rows: rowsFrom(3, 7), atStart: false, reset: false });
});

test('[X-21] a window that shares nothing with the one before begins anew', () => {
  expect(nextRowStep(rowsFrom(5, 9), rowsFrom(90, 95))).toMatchObject({ reset: true, atStart: false });
});

test('any two windows are at most two steps apart', () => {
  const window = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 20 })).map(([from, length]) => rowsFrom(from, from + length));
  fc.assert(
    fc.property(window, window, (shown, wanted) => {
      const first = nextRowStep(shown, wanted);
      const second = sameKeys(first.rows, wanted) ? first : nextRowStep(first.rows, wanted);
      expect(keys(second.rows)).toEqual(keys(wanted));
    }),
  );
});

test('[X-14] what a window lets go of at its start is held while one scrolls; another window is not', () => {
  expect(keys(holdBefore(rowsFrom(3, 9), rowsFrom(5, 12)))).toEqual(keys(rowsFrom(3, 12)));
  expect(keys(holdBefore(rowsFrom(3, 9), rowsFrom(1, 9)))).toEqual(keys(rowsFrom(1, 9)));
  expect(keys(holdBefore(rowsFrom(3, 9), rowsFrom(20, 25)))).toEqual(keys(rowsFrom(20, 25)));
});

test('[X-14] what came before the first row waits while one scrolls down; another window does not, nor what came or went elsewhere', () => {
  expect(keys(holdBack(rowsFrom(5, 9), rowsFrom(1, 9)))).toEqual(keys(rowsFrom(5, 9)));
  expect(keys(holdBack(rowsFrom(5, 9), rowsFrom(3, 12)))).toEqual(keys(rowsFrom(5, 12)));
  expect(keys(holdBack(rowsFrom(5, 9), rowsFrom(7, 12)))).toEqual(keys(rowsFrom(7, 12)));
  expect(keys(holdBack(rowsFrom(5, 9), rowsFrom(20, 25)))).toEqual(keys(rowsFrom(20, 25)));
});
