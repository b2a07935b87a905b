import { expect, test } from 'vitest';
import { errors } from '../packages/core/src/errors.ts';
import { isTest, type SourceFile, sourceFiles, withoutComments } from './source-files.ts';

const registry = 'packages/core/src/errors.ts';
const naming = /\brefuse\(\s*'([^']+)'|\b(?:code|refused): '([a-z][a-z0-9_]*)'/g;

/** Codes that somebody answers with and the registry does not know. */
function unregistered(codes: ReadonlySet<string>, files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(naming)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((code) => !codes.has(code))
      .map((code) => `${path} answers with ${code}, which is not in ${registry}`),
  );
}

/** Codes in the registry that nobody answers with. */
function unused(codes: ReadonlySet<string>, files: readonly SourceFile[]): string[] {
  const program = files.map(({ text }) => withoutComments(text)).join('\n');
  return [...codes].filter((code) => !program.includes(`'${code}'`));
}

const registered = new Set(Object.keys(errors));
const product = sourceFiles('packages/*/src/**/*.{ts,tsx}', 'apps/*/src/**/*.{ts,tsx}').filter(
  ({ path }) => path !== registry && !isTest(path),
);

test('every error code that is used is registered', () => {
  expect(unregistered(registered, product)).toEqual([]);
});

// The wire declares which codes may come, and the page reads them: neither of them answers with one.
const answering = product.filter(({ path }) => !path.startsWith('packages/protocol/') && !path.startsWith('apps/web/'));

test('every registered error code is used', () => {
  expect(unused(registered, answering)).toEqual([]);
});

test('an unknown and an unused code are both seen', () => {
  const codes = new Set(['known', 'forgotten']);
  const files = [{ path: 'a.ts', text: "refuse('unknown', {}); answer({ code: 'strange' }); refuse('known');\n// refuse('forgotten')" }];
  expect(unregistered(codes, files)).toEqual([
    `a.ts answers with unknown, which is not in ${registry}`,
    `a.ts answers with strange, which is not in ${registry}`,
  ]);
  expect(unused(codes, files)).toEqual(['forgotten']);
});
