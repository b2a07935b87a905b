import { test } from 'vitest';
import { expectResults } from './bench-run.ts';

test('workload web opens, types, sends, switches and scrolls in a real browser, prints a table and writes its results', async () => {
  await expectResults('web', {
    parts: ['web, opened again', 'web, typing', 'web, sending', 'web, switching', 'web, scrolling'],
    metrics: ['list of 40 stored conversations, as it was', 'key to glyph, p99', 'Enter to bubble, p99', 'heap, after to before'],
  });
});
