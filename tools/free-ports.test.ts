import { expect, test } from 'vitest';
import { isTest, type SourceFile, sourceFiles, withoutComments } from './source-files.ts';

/** Ways in which something is told to listen on a port that is chosen before it is known to be free. */
const fixed = [
  /\blisten\(\s*['"]?[1-9]/,
  /\bport:\s*['"]?[1-9]/i,
  /PARLOUR_PORT['"]?\]?\s*[:=]\s*['"`]?[1-9]/,
  /--(port|remote-debugging-port|inspect(-brk)?)['"]?\s*[,=\s]\s*['"`]?([\d.]+:)?[1-9]\d*(?![\d.])/,
];
/** Reads settings, and starts nothing. */
const listensNowhere = new Set(['apps/server/src/config.test.ts', 'tools/free-ports.test.ts']);

function findFixedPorts(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !listensNowhere.has(path))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => (fixed.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
}

test('no test and nothing that tests start has a port of its own choosing', () => {
  const files = sourceFiles('{tests,testkit,bench,simulation}/**/*.ts', '{packages,apps,tools}/**/*.ts').filter(
    ({ path }) => /^(tests|testkit|bench|simulation)\//.test(path) || isTest(path),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(findFixedPorts(files)).toEqual([]);
});

test.each([
  'server.listen(7420);',
  "await app.listen({ host: '127.0.0.1', port: 8080 });",
  "const env = { PARLOUR_PORT: '7420' };",
  "runParlour(['start', '--port', '7420']);",
  "const args = ['--remote-debugging-port=9222'];",
  "const env = { NODE_OPTIONS: '--inspect=127.0.0.1:9229' };",
])('seen: %s', (text) => {
  expect(findFixedPorts([{ path: 'tests/a.test.ts', text }])).toEqual([`tests/a.test.ts:1: ${text}`]);
});

test.each(["server.listen(0, '127.0.0.1');", "['start', '--port', '0']", 'start({ dataFolder, port: server.port })', 'x(); // port: 80'])(
  'allowed: %s',
  (text) => {
    expect(findFixedPorts([{ path: 'tests/a.test.ts', text }])).toEqual([]);
  },
);
