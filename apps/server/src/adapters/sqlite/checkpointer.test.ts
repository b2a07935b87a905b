import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backstopPages, Checkpointer } from './checkpointer.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const frameSizeBytes = 4_096 + 24;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('under writes without a pause the log is copied beside them and begins anew; what was written is all there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-checkpoint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'parlour.db');
  const faults: unknown[] = [];
  let written = 0;
  let sizeMax = 0;
  {
    using database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
    database.connection.exec('create table line (id integer primary key, text blob)');
    await using checkpointer = new Checkpointer({ database, file, reportFault: (fault) => faults.push(fault) });
    const insert = database.connection.prepare('insert into line (text) values (zeroblob(20000))');
    while (checkpointer.completedCount < 4) {
      await database.exclusive(() => database.transaction(() => insert.run()));
      written++;
      sizeMax = Math.max(sizeMax, statSync(`${file}-wal`).size);
      await turn();
    }
  }
  expect(faults).toEqual([]);
  expect(sizeMax).toBeLessThan(backstopPages * frameSizeBytes);
  // It was written over and over, not only made long.
  expect(written * 20_000).toBeGreaterThan(sizeMax);
  expect(existsSync(`${file}-wal`)).toBe(false);
  using database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: true });
  expect(database.connection.prepare('select count(*) as count from line').get()).toEqual({ count: written });
  expect(database.connection.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
});

test('a thread that cannot work is told of, and SQLite checkpoints by itself again', async () => {
  const told = Promise.withResolvers<unknown>();
  using database = new SqliteDatabase({ file: ':memory:', busyTimeoutMs: 1_000, readOnly: false });
  const checkpointer = new Checkpointer({ database, file: '/nowhere/parlour.db', reportFault: told.resolve });
  expect(await told.promise).toBeInstanceOf(Error);
  await checkpointer[Symbol.asyncDispose]();
  expect(database.connection.prepare('pragma wal_autocheckpoint').get()).toEqual({ wal_autocheckpoint: 1_000 });
});
