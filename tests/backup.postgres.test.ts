import { rm } from 'node:fs/promises';
import { test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { expectRestored } from '../testkit/backup-and-restore.ts';
import { TemporaryFolder } from './parlour-process.ts';

test('what parlour backup kept of a PostgreSQL while people talked comes back after both were destroyed', async () => {
  await using folder = await TemporaryFolder.make();
  await using database = await TestDatabase.make();
  const destroy = async (dataFolder: string) => {
    await rm(dataFolder, { recursive: true });
    await database.query('drop schema public cascade; create schema public');
  };
  await expectRestored({ root: folder.path, postgresUrl: database.url, destroy });
});
