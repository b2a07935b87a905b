import { expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from './source-files.ts';

const questions = ['atomic', 'ordered by', 'idempotent by', 'after a timeout', 'consistency', 'cost'];

/** Questions that a port with a contract leaves open. */
function findUnanswered(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => paths.has(path.replace(/\.ts$/, '.contract.ts')))
    .flatMap(({ path, text }) =>
      questions.filter((question) => !text.includes(` * - ${question}: `)).map((question) => `${path} does not say: ${question}`),
    );
}

test('every port that has a contract answers the six questions', () => {
  const files = sourceFiles('apps/server/src/ports/*.ts');
  expect(files.filter(({ path }) => path.endsWith('.contract.ts')).length).toBeGreaterThan(0);
  expect(findUnanswered(files)).toEqual([]);
});

test('a question left open is seen', () => {
  const text = questions.map((question) => ` * - ${question}: yes`).join('\n');
  const files = [
    { path: 'ports/a.ts', text: text.replace(' * - cost: yes', '') },
    { path: 'ports/a.contract.ts', text: '' },
    { path: 'ports/b.ts', text: '' },
  ];
  expect(findUnanswered(files)).toEqual(['ports/a.ts does not say: cost']);
});
