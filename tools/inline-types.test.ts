import { expect, test } from 'vitest';
import { type SourceFile, sourceFiles, withoutComments } from './source-files.ts';

const inlineType = /\btypeof\s+import\(|\bimport\(\s*['"][^'"]+['"]\s*\)\s*\.(?!then\b|catch\b|finally\b)\w+/;

/** Types named by `import('...').Name` in the middle of a line. The import checker's parser passes over them, so they would be a hole in the walls. */
function findInlineTypes(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ text }) => inlineType.test(withoutComments(text)))
    .map(({ path }) => `${path} names a type by import(...): use import type`);
}

test('types are imported at the top of a file, where the import checker sees them', () => {
  expect(findInlineTypes(sourceFiles('{packages,apps}/**/*.{ts,tsx}'))).toEqual([]);
});

test.each([
  ["let a: import('./a.ts').A;", 1],
  ["type A = typeof import('./a.ts');", 1],
  ["const { a } = await import('./a.ts');", 0],
  ["const a = (await import('./a.ts')).a;", 0],
  ["import('./a.ts').then(run);", 0],
])('%s is seen %i times', (text, count) => {
  expect(findInlineTypes([{ path: 'packages/core/src/a.ts', text }])).toHaveLength(count);
});
