import { expect, test } from 'vitest';
import { isStale, pages } from './docs.ts';

test.each(pages)('$path says what the program says (`npm run docs` writes it anew)', (page) => {
  expect(isStale(page)).toBe(false);
});

test('a page that says something else, or is not there, is stale', () => {
  expect(isStale({ path: 'docs/configuration.md', present: () => 'something else' })).toBe(true);
  expect(isStale({ path: 'docs/none.md', present: () => '' })).toBe(true);
});
