import { expect, test } from 'vitest';
import { isTest, type SourceFile, sourceFiles, withoutComments } from './source-files.ts';

const pure = [
  'packages/core/src',
  'packages/sdk/src',
  ...['gateway', 'owner', 'present', 'usecases', 'workers'].map((room) => `apps/server/src/${room}`),
];

const ambient = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /(?<!\bnew\s)(?<![.\w])Date\(/,
  /\bperformance\.(now|timeOrigin)\b/,
  /\b(process\.)?hrtime\b/,
  /\bMath\.random\b/,
  /\b(randomUUID|getRandomValues|randomBytes|randomInt)\b/,
  /(?<![.\w])(globalThis\.|window\.|self\.)?(setTimeout|setInterval|setImmediate|requestAnimationFrame|requestIdleCallback)\b/,
  /\bAbortSignal\.timeout\b/,
  /['"](node:)?timers(\/promises)?['"]/,
];

/** Clocks, timers and randomness that would make a run impossible to repeat. Only a file called `*environment.ts` may touch them. */
function findAmbient(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !path.endsWith('environment.ts') && !isTest(path))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => {
          const found = ambient.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined);
          return found === undefined ? [] : [`${path}:${index + 1} uses ${found}: take it from the environment`];
        }),
    );
}

test('core, SDK and the inner rooms of the server take time, timers and randomness from the environment only', () => {
  const files = sourceFiles(...pure.map((folder) => `${folder}/**/*.{ts,tsx}`));
  expect(files.length).toBeGreaterThan(0);
  expect(findAmbient(files)).toEqual([]);
});

test.each([
  'const t = Date.now();',
  'const t = new Date();',
  'const t = new Date( );',
  'const t = Date();',
  'const t = performance.now();',
  'if (Math.random() < 0.5) return;',
  'setTimeout(() => {}, 5);',
  'globalThis.setInterval(tick, 5);',
  'setImmediate(tick);',
  'const id = crypto.randomUUID();',
  'globalThis.crypto.getRandomValues(bytes);',
  "import { randomBytes } from 'node:crypto';",
  "import { setTimeout as wait } from 'node:timers/promises';",
])('refused: %s', (text) => {
  expect(findAmbient([{ path: 'packages/core/src/x.ts', text }])).toHaveLength(1);
});

test.each([
  'const shown = new Date(at).toISOString();',
  'queueMicrotask(flush);',
  'environment.timer(5, tick);',
  'wheel.setTimeout(5);',
  '// not Date.now(), which a test cannot turn',
  '/* Math.random()\n Date.now() */',
])('allowed: %s', (text) => {
  expect(findAmbient([{ path: 'packages/core/src/x.ts', text }])).toEqual([]);
});

test('the environment itself may', () => {
  expect(findAmbient([{ path: 'packages/sdk/src/browser-environment.ts', text: 'Date.now()' }])).toEqual([]);
});
