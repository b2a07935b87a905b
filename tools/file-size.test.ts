import { expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from './source-files.ts';

const lineCountMax = 500;
/** Tables and schemas are read by looking one thing up, so their length costs nobody anything. */
const tables = /(^|\/)(errors|schema|tables)\.ts$|[-.](schema|table|corpus)\.ts$|\/generated\//;

function tooLong(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lineCount: text.split('\n').length - 1 }))
    .filter(({ path, lineCount }) => lineCount > lineCountMax && !tables.test(path))
    .map(({ path, lineCount }) => `${path} has ${lineCount} lines: split it`);
}

test(`no file is longer than ${lineCountMax} lines`, () => {
  expect(tooLong(sourceFiles('{packages,apps,simulation,conformance,testkit,bench,tests,tools}/**/*.{ts,tsx,cjs,css}'))).toEqual([]);
});

test('a long file is seen, a long table is not', () => {
  const text = 'line\n'.repeat(lineCountMax + 1);
  expect(
    tooLong([
      { path: 'a.ts', text },
      { path: 'core/errors.ts', text },
      { path: 'b.ts', text: 'line\n'.repeat(lineCountMax) },
    ]),
  ).toEqual(['a.ts has 501 lines: split it']);
});
