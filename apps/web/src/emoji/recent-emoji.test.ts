import { expect, test } from 'vitest';
import { parseRecent, recentMax, withRecent } from './recent-emoji.ts';

test('what was used last stands first, and each once', () => {
  expect(withRecent(['🍋', '🚢', '☕'], '☕')).toEqual(['☕', '🍋', '🚢']);
  expect(
    withRecent(
      Array.from({ length: recentMax }, (_, index) => `${index}`),
      'new',
    ),
  ).toHaveLength(recentMax);
});

test.each([undefined, null, 'x', 7, {}, [1, null, { a: 1 }], ['x'.repeat(41)]])('%j is no list of emoji', (remembered) => {
  expect(parseRecent(remembered)).toEqual([]);
});
