import { test } from 'vitest';
import { expectResults } from './bench-run.ts';

test('workload postgres passes its checks beside SQLite, prints a table and writes its results', async () => {
  await expectResults('postgres', {
    parts: ['postgres 8x4', 'postgres receipts', 'postgres one'],
    metrics: ['durable messages', 'messages that share a commit', 'to SQLite, by CPU', 'p99'],
  });
});
