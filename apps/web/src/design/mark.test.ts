import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bubbleOfMark } from './mark.tsx';

test('the icon of the tab is the mark of the page', () => {
  const icon = readFileSync(join(import.meta.dirname, '../../public/favicon.svg'), 'utf8');
  expect(icon).toContain(`d="${bubbleOfMark}"`);
});
