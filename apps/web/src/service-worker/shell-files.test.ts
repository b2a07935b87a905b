import { expect, test } from 'vitest';
import { outdatedCaches, sourceOf } from './shell-files.ts';

const files = new Set(['/', '/favicon.svg', '/assets/index-abc.js']);

test.each([
  ['/', true, 'page'],
  ['/c/01arz3ndektsv4rrffq69g5fav', true, 'page'],
  ['/with/mara.l', true, 'page'],
  ['/docs', true, 'server'],
  ['/v1/openapi.json', true, 'server'],
  ['/v1/server', false, 'server'],
  ['/v1', false, 'server'],
  ['/healthz', false, 'server'],
  ['/readyz', false, 'server'],
  ['/favicon.svg', false, 'file'],
  ['/assets/index-abc.js', false, 'file'],
  ['/assets/of-an-earlier-program.js', false, 'file'],
  ['/something', false, 'server'],
])('%s (navigation: %s) comes from: %s', (path, isNavigation, expected) => {
  expect(sourceOf({ path, isNavigation }, files)).toBe(expected);
});

test('the cache of this program and those of three before it are kept', () => {
  expect(outdatedCaches(['program 1', 'another’s', 'program 2', 'program 3', 'program 4', 'program 5'], 'program 5')).toEqual([
    'program 1',
  ]);
  expect(outdatedCaches(['program 1', 'program 2'], 'program 2')).toEqual([]);
  expect(outdatedCaches([], 'program 1')).toEqual([]);
});
