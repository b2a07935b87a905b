import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from './root.ts';

const bytesMax = 120_000;

test('the scripts before the first paint are at most 120 kB compressed', () => {
  const files = globSync('apps/web/dist/assets/{index,rolldown-runtime}-*.js', { cwd: root });
  expect(files.length).toBeGreaterThan(0);
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(root, file))).length, 0);
  expect(bytes).toBeLessThanOrEqual(bytesMax);
  // Nothing of the page is drawn by less than this: a file that holds nothing is not the page.
  expect(bytes).toBeGreaterThan(10_000);
});
