import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { TemporaryFolder } from './parlour-process.ts';

const writer = join(import.meta.dirname, 'checkpointed-writer.ts');

/** @returns the last row that was said to be durable */
async function writeAndKill(file: string, { timesAnew, rowsMore }: { timesAnew: number; rowsMore: number }): Promise<number> {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = 0;
  let rowsLeft = rowsMore;
  for await (const line of createInterface(child.stdout)) {
    const [row = 0, completed = 0] = line.split(' ').map(Number);
    said = row;
    if (completed >= timesAnew && rowsLeft-- === 0) child.kill('SIGKILL');
  }
  return said;
}

test('a process killed while its log is copied beside it has lost nothing that was durable', async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'parlour.db');
  let said = 0;
  for (const timesAnew of [1, 2, 3]) {
    // Somewhere between two looks at the log, each time elsewhere.
    said = await writeAndKill(file, { timesAnew, rowsMore: 37 * timesAnew });
    using database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
    const { count, newest } = database.connection.prepare('select count(*) as count, max(id) as newest from line').get() as Counts;
    expect(newest).toBeGreaterThanOrEqual(said);
    expect(count).toBe(newest);
    expect(database.connection.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  }
  expect(said).toBeGreaterThan(0);
});

type Counts = { readonly count: number; readonly newest: number };
