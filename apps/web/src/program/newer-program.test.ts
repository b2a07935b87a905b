import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryOf } from './newer-program.ts';

test('the script that a page begins with is read from it, as it is and as it is built', () => {
  expect(entryOf(readFileSync(join(import.meta.dirname, '../../index.html'), 'utf8'))).toBe('/src/main.tsx');
  expect(
    entryOf('<script src="/device-choices.js"></script>\n<script type="module" crossorigin src="/assets/index-Ab_1.js"></script>'),
  ).toBe('/assets/index-Ab_1.js');
  expect(entryOf('<p>Parlour</p>')).toBe(null);
});
