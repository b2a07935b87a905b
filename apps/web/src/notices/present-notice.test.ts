import type { LastMessage } from '@parlour/sdk/client';
import { expect, test } from 'vitest';
import { presentNotice } from './present-notice.ts';

const saying = (text: string) => ({ text }) as LastMessage;

test('[X-36] one who says something is the title; in a group the group is, and who says it stands before', () => {
  expect(presentNotice({ type: 'direct', title: 'Mara', last: saying('hello'), unread: 1 }, 'Mara')).toEqual({
    title: 'Mara',
    body: 'hello',
  });
  expect(presentNotice({ type: 'group', title: 'Book club', last: saying('hello'), unread: 3 }, 'Yuki')).toEqual({
    title: 'Book club (3)',
    body: 'Yuki: hello',
  });
});

test('a long text is cut between characters', () => {
  const { body } = presentNotice({ type: 'direct', title: 'Mara', last: saying('🍋'.repeat(300)), unread: 1 }, null);
  expect(body).toBe(`${'🍋'.repeat(199)}…`);
});
