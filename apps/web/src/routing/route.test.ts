import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { expect, test } from 'vitest';
import { parseRoute, presentRoute, type Route } from './route.ts';

const conversation = '01arz3ndektsv4rrffq69g5fav' as ConversationId;

test.each<Route>([
  { at: 'recents' },
  { at: 'people' },
  { at: 'settings' },
  { at: 'invite' },
  { at: 'with', handle: 'mara.l' },
  { at: 'with', handle: 'марина' },
  { at: 'conversation', conversation },
  { at: 'conversation', conversation, seq: 220_413 as Seq },
  { at: 'conversation', conversation, about: true },
  { at: 'conversation', conversation, seq: 220_413 as Seq, about: true },
])('the address of %o leads back to it', (route) => {
  expect(parseRoute(presentRoute(route))).toEqual(route);
});

test.each([
  '/c/',
  '/c/../settings',
  `/c/${conversation}/0`,
  `/c/${conversation}/-1`,
  `/c/${conversation}/1e9`,
  '/c/<script>',
  '/c/about',
  `/c/${conversation}/about/5`,
  `/c/${conversation}/about/about`,
  '/nowhere',
  '/with/',
  '/with/a/b',
  '/with/%E0%A4%A',
  '/with/<script>',
])('an address that means nothing leads to the list: %s', (path) => {
  expect(parseRoute(path)).toEqual({ at: 'recents' });
});
