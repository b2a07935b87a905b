import { expect, test } from 'vitest';
import { suggestHandle } from './handle-suggestion.ts';

test.each([
  ['Mara Lindqvist', 'mara.lindqvist'],
  ['  Zoë  Ångström-Berg ', 'zoe.angstrom.berg'],
  ['Al', ''],
  ['写真', ''],
  ['O’Neill, J.', 'o.neill.j'],
  ['a very long name that does not want to end at all', 'a.very.long.name.that.does.not.w'],
])('%s suggests %s', (name, handle) => {
  expect(suggestHandle(name)).toBe(handle);
});
