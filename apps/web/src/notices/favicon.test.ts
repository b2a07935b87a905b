import { expect, test } from 'vitest';
import { drawFavicon, titleWith } from './favicon.ts';

test.each([
  [1, '1'],
  [9, '9'],
  [10, '9+'],
  [4_000, '9+'],
])('[X-35] the icon of the tab says how much is unread: %s', (unread, shown) => {
  expect(/<text[^>]*>([^<]*)<\/text>/.exec(drawFavicon(unread))?.[1]).toBe(shown);
});

test('[X-35] with nothing unread, the icon and the title are the place alone', () => {
  expect(drawFavicon(0)).not.toContain('<text');
  expect([0, 1, 999, 1_000].map(titleWith)).toEqual(['Parlour', '(1) Parlour', '(999) Parlour', '(999+) Parlour']);
});
