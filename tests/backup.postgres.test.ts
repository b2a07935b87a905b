import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { expectRestored } from '../testkit/backup-and-restore.ts';
import { history } from '../testkit/import-history.ts';
import { type CommandOptions, runParlour } from './parlour-command.ts';
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

/** Two entries, of which a fault is to name the first. */
const alter = `update entry set body = replace(body, 'line ', 'lime ') where conv = 1 and seq in (20, 21)`;
const firstFault = /seq 20: the body is not the one that was hashed/;

/** A backup of a history, and an empty PostgreSQL for it. */
async function kept() {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await TemporaryFolder.make());
  const database = stack.use(await TestDatabase.make());
  const file = join(path, 'history.jsonl');
  await writeFile(file, history(300).join('\n'));
  const backup = join(path, 'backup');
  const embedded = (...args: readonly string[]) => runParlour(args, { dataFolder: join(path, 'embedded') });
  expect(await embedded('import', 'jsonl', file)).toMatchObject({ code: 0 });
  expect(await embedded('backup', '--to', backup)).toMatchObject({ code: 0 });
  const dataFolder = join(path, 'data');
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: database.url };
  const run = (args: readonly string[], options: Pick<CommandOptions, 'onStderr'> = {}) =>
    runParlour(args, { dataFolder, env, ...options });
  const restore = (options: Pick<CommandOptions, 'onStderr'> = {}) => run(['restore', '--from', backup], options);
  const tables = () => database.query(`select tablename from pg_tables where schemaname = 'public'`);
  return { backup, database, run, restore, tables, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a backup in which an entry was altered is refused with the name of the first, and nothing of it is in PostgreSQL', async () => {
  await using it = await kept();
  using file = new DatabaseSync(dataFolderPaths.database(it.backup));
  file.exec(alter);
  const refused = await it.restore();
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(firstFault) });
  expect(refused.stderr).toContain('this backup cannot be trusted; take another');
  expect(await it.tables()).toEqual([]);
});

test('what was altered on its way into PostgreSQL is named, and no server starts on it until it is brought anew', async () => {
  await using it = await kept();
  const killed = await it.restore({ onStderr: (said, child) => void (said.includes('brought ') && child.kill('SIGKILL')) });
  expect(killed).toMatchObject({ signal: 'SIGKILL' });
  await it.database.query(alter);
  const refused = await it.restore();
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(firstFault) });
  expect(refused.stderr).toContain('empty the database and restore again');
  for (const args of [['start', '--port', '0'], ['verify']]) {
    expect(await it.run(args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('not all of it is there') });
  }
  await it.database.query('drop schema public cascade; create schema public');
  expect(await it.restore()).toMatchObject({ code: 0, stdout: expect.stringContaining('every chain holds') });
  expect(await it.run(['verify'])).toMatchObject({ code: 0 });
});
