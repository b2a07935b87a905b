import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { sourceFiles } from './source-files.ts';

const promise = /^- \[(?<done>[ x])\] (?<text>.+)$/;
const named = /`(?<path>[^`]+\.test\.tsx?)` › (?<title>.+?)(?=; `|$)/g;

/**
 * What is wrong with a page of promises: `- [x] sentence — \`path\` › title part; \`path\` › title part`.
 * A promise that is kept names at least one test; every test named, kept or not, must be there and hold the title.
 */
function findUnshown(page: string, tests: ReadonlyMap<string, string>): string[] {
  return page.split('\n').flatMap((line, index) => {
    const groups = promise.exec(line)?.groups;
    if (groups === undefined) return line.startsWith('- ') ? [`line ${index + 1} is neither [ ] nor [x]`] : [];
    const names = [...line.matchAll(named)].map((match) => ({ path: match.groups?.path ?? '', title: match.groups?.title?.trim() ?? '' }));
    if (groups.done === 'x' && names.length === 0) return [`line ${index + 1} is ticked and names no test`];
    return names.flatMap(({ path, title }) => {
      const text = tests.get(path);
      if (text === undefined) return [`line ${index + 1} names ${path}, which does not exist`];
      return titles(text).some((found) => found.includes(title))
        ? []
        : [`line ${index + 1}: no test in ${path} has "${title}" in its title`];
    });
  });
}

/** The titles of the tests and groups in a file, as they are written there. */
function titles(text: string): string[] {
  const calls = /(?:\b(?:test|it|describe)(?:\.(?!skip|todo)\w+)*|\))\s*\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>).)*)\k<quote>/gs;
  return [...text.matchAll(calls)].map((match) => (match.groups?.title ?? '').replace(/\\(.)/g, '$1'));
}

test('every promise that is kept names a test that exists', () => {
  const tests = new Map(
    sourceFiles('{packages,apps,simulation,conformance,testkit,bench,tests,tools}/**/*.test.{ts,tsx}').map(({ path, text }) => [
      path,
      text,
    ]),
  );
  const page = readFileSync(join(root, 'docs/features.md'), 'utf8');
  expect(page.match(/^- \[[ x]\] /gm)?.length).toBeGreaterThan(50);
  expect(findUnshown(page, tests)).toEqual([]);
});

test.each([
  ['- [x] It flies', 'line 1 is ticked and names no test'],
  ['- It flies', 'line 1 is neither [ ] nor [x]'],
  ['- [x] It flies — `none.test.ts` › flies', 'line 1 names none.test.ts, which does not exist'],
  ['- [ ] It flies — `a.test.ts` › swims', 'line 1: no test in a.test.ts has "swims" in its title'],
  ['- [x] It flies — `a.test.ts` › flies; `a.test.ts` › swims', 'line 1: no test in a.test.ts has "swims" in its title'],
])('seen: %s', (line, problem) => {
  expect(findUnshown(line, new Map([['a.test.ts', "test('[F-1] flies high', () => {}); // swims"]]))).toEqual([problem]);
});

test.each([
  "test('[F-1] flies high', () => {});",
  "describe('birds', () => {\n  it(\n    'flies high', () => {}) });",
  "test.each([1, 2])('%s flies high', () => {});",
  'test.each(rows.map((row) => [row]))(\n  `flies high`, () => {});',
  "describe.each([{ name: 'x' }])('flies high', () => {});",
])('found in: %s', (text) => {
  expect(findUnshown('- [x] It flies — `a.test.ts` › flies high', new Map([['a.test.ts', text]]))).toEqual([]);
});
