import { expect, test } from 'vitest';
import { rank } from './fuzzy-rank.ts';

const named = (...names: string[]) => names.map((name) => ({ texts: [name] }));
const found = (names: readonly string[], typed: string) => rank(named(...names), typed, 20).map(({ texts }) => texts[0]);

test('[X-29] with nothing typed, the most recent as they are', () => {
  expect(found(['Tomas', 'Mara', 'Ada'], ' ')).toEqual(['Tomas', 'Mara', 'Ada']);
  expect(rank(named('a', 'b', 'c'), '', 2)).toHaveLength(2);
});

test('[X-29] a beginning goes before a word’s beginning, that before a middle, that before initials, those before scattered letters', () => {
  const names = ['Mx Aria Rea', 'Mid Arch Raft Ale', 'Clamara', 'Ole Mara', 'Mara Lindqvist'];
  expect(found(names, 'mara')).toEqual(['Mara Lindqvist', 'Ole Mara', 'Clamara', 'Mid Arch Raft Ale', 'Mx Aria Rea']);
});

test.each([
  ['ml', 'Mara Lindqvist'],
  ['lind mar', 'Mara Lindqvist'],
  ['zoe', 'Zoë Ångström'],
  ['angstrom', 'Zoë Ångström'],
  ['写真', '旅の写真'],
  ['ＭＡＲＡ', 'Mara Lindqvist'],
])('[X-29] %s finds %s', (typed, name) => {
  expect(found(['Tomas Keller', '旅の写真', 'Zoë Ångström', 'Mara Lindqvist'], typed)[0]).toBe(name);
});

test('[X-29] of equals the more recent one, and what does not fit is not there', () => {
  expect(found(['Mara B', 'Tomas', 'Mara A'], 'mara')).toEqual(['Mara B', 'Mara A']);
  expect(found(['Tomas'], 'x')).toEqual([]);
  expect(rank([{ texts: ['Notes to self'] }, { texts: ['Mara', 'quiet.owl'] }], 'quiet', 5)).toEqual([{ texts: ['Mara', 'quiet.owl'] }]);
});
