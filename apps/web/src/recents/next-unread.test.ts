import type { ConversationId } from '@parlour/sdk-react/ids';
import { expect, test } from 'vitest';
import { nextUnread } from './next-unread.ts';

const idOf = (name: string) => name as ConversationId;
const list = Object.entries({ a: 0, b: 2, c: 0, d: 1 }).map(([name, unread]) => ({ id: idOf(name), unread }));

test.each([
  [null, 'b'],
  ['a', 'b'],
  ['b', 'd'],
  ['c', 'd'],
  ['d', 'b'],
  ['elsewhere', 'b'],
])('[X-25] from %j the next unread is %j', (open, next) => {
  expect(nextUnread(list, open === null ? null : idOf(open))).toBe(next);
});

test('[X-25] where nothing else is unread there is none', () => {
  expect(nextUnread([{ id: idOf('a'), unread: 3 }], idOf('a'))).toBeNull();
  expect(nextUnread([], null)).toBeNull();
});
