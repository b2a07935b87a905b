import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { type SourceFile, sourceFiles } from './source-files.ts';

/** Links of a page to a file of ours that is not there. */
function brokenLinks({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/\]\((?<target>[^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match.groups?.target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(root, dirname(path), target)))
    .map((target) => `${path} links to ${target}, which is not there`);
}

test('every link between our pages leads somewhere', () => {
  const pages = sourceFiles('*.md', '{docs,packages,apps,simulation,bench}/**/*.md');
  expect(pages.length).toBeGreaterThan(5);
  expect(pages.flatMap(brokenLinks)).toEqual([]);
});

test('a link that leads nowhere is seen', () => {
  const text = '[a](template.md) [b](none.md) [c](https://example.org/none.md) [d](none.md#part) [e](#part)';
  expect(brokenLinks({ path: 'docs/decisions/README.md', text })).toEqual([
    'docs/decisions/README.md links to none.md, which is not there',
    'docs/decisions/README.md links to none.md, which is not there',
  ]);
});
