import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageFailure } from '@parlour/core/errors';
import { afterEach, expect, test } from 'vitest';
import { schemaVersion } from '../sql/migrations.ts';
import { SchemaTooNew } from '../sql/schema-too-new.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { storageFailureOf } from './sqlite-failure.ts';

const folders: string[] = [];
function fileInNewFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-sqlite-'));
  folders.push(folder);
  return join(folder, 'parlour.db');
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const open = (file: string) => new SqliteDatabase({ file, busyTimeoutMs: 100, readOnly: false });
const aPerson = (id: number) => ({
  id,
  public_id: `p${id}`,
  handle: `h${id}`,
  handle_key: `h${id}`,
  display_name: 'A',
  name_key: 'a',
  about: '',
  token_version: 1,
  placeholder: 0,
  register_ver: 0,
  created_at: 0,
});

const columnsOf = (row: object) =>
  `(${Object.keys(row).join(', ')}) values (${Object.values(row)
    .map((value) => JSON.stringify(value).replaceAll('"', "'"))
    .join(', ')})`;

test('a new file gets the newest schema, durable and erasing settings, and opens again as it is', () => {
  const file = fileInNewFolder();
  for (let opening = 0; opening < 2; opening++) {
    using database = open(file);
    const pragma = (name: string) => Object.values(database.connection.prepare(`pragma ${name}`).get() ?? {})[0];
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('secure_delete')).toBe(1);
    expect(pragma('foreign_keys')).toBe(1);
    expect(database.connection.prepare('select max(version) as version from schema_version').get()?.version).toBe(schemaVersion);
  }
});

test('as much of the file is held in memory as was said, and no more than 64 MiB where nothing was', () => {
  const file = fileInNewFolder();
  for (const [cacheMib, kib] of [
    [undefined, 65_536],
    [3, 3_072],
  ] as const) {
    using database = new SqliteDatabase({ file, busyTimeoutMs: 100, readOnly: false, ...(cacheMib && { cacheMib }) });
    expect(database.connection.prepare('pragma cache_size').get()?.cache_size).toBe(-kib);
  }
});

test('a newer schema is refused with both versions, and left as it is', () => {
  const file = fileInNewFolder();
  open(file).close();
  const other = new DatabaseSync(file);
  other.prepare('insert into schema_version (version, title) values (?, ?)').run(schemaVersion + 1, 'from the future');
  other.close();
  expect(() => open(file)).toThrow(SchemaTooNew);
  expect(() => open(file)).toThrow(`version ${schemaVersion + 1}, this program knows up to ${schemaVersion}`);
});

const countOf = (database: SqliteDatabase) =>
  database.read(() => database.connection.prepare('select count(*) as count from person').get()?.count);

test('reads of one turn see one moment, those of the next turn the next', async () => {
  const file = fileInNewFolder();
  using database = open(file);
  using other = open(file);
  expect(countOf(database)).toBe(0);
  other.transaction(() => other.connection.exec(`insert into person ${columnsOf(aPerson(1))}`));
  expect(countOf(database)).toBe(0);
  await new Promise(setImmediate);
  expect(countOf(database)).toBe(1);
});

test('a write in a turn that has read is committed when it is answered, by whichever way it comes, and read by the turn that made it', async () => {
  const file = fileInNewFolder();
  using database = open(file);
  using other = open(file);
  const db = kyselyOver(database);
  const insert = (id: number) => db.insertInto('person').values(aPerson(id));
  const ways: Array<(id: number) => unknown> = [
    (id) => insert(id).execute(),
    (id) => db.executeQuery(insert(id).compile()),
    (id) => db.executeQuery(insert(id).returning('id').compile()),
    (id) => db.transaction().execute((trx) => trx.executeQuery(insert(id).compile())),
    (id) => database.exclusive(() => database.transaction(() => database.connection.exec(`insert into person ${columnsOf(aPerson(id))}`))),
  ];
  for (const [index, write] of ways.entries()) {
    expect(countOf(database)).toBe(index);
    await write(index + 1);
    expect(countOf(other)).toBe(index + 1);
    expect(countOf(database)).toBe(index + 1);
    await new Promise(setImmediate);
  }
});

test('nobody gets into an open transaction of the query builder, neither queries nor a group commit', async () => {
  using database = open(fileInNewFolder());
  const db = kyselyOver(database);
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: began, resolve: hasBegun } = Promise.withResolvers<void>();
  const transaction = db.transaction().execute(async (trx) => {
    await trx.insertInto('person').values(aPerson(1)).execute();
    hasBegun();
    await mayEnd;
    throw new Error('undo it');
  });
  await began;
  expect(database.tryEnter()).toBe(false);
  const read = db.selectFrom('person').selectAll().execute();
  const written = database.exclusive(() =>
    database.transaction(() =>
      database
        .statement('insert into person (public_id, handle, handle_key, display_name, name_key, created_at) values (?, ?, ?, ?, ?, ?)')
        .run('p2', 'h2', 'h2', 'B', 'b', 0),
    ),
  );
  end();
  await expect(transaction).rejects.toThrow('undo it');
  expect((await read).map((row) => row.public_id)).not.toContain('p1');
  await written;
  expect(await db.selectFrom('person').select('public_id').execute()).toEqual([{ public_id: 'p2' }]);
  expect(database.tryEnter()).toBe(true);
});

test('what is thrown inside a transaction undoes it and leaves the lock free', async () => {
  using database = open(fileInNewFolder());
  const insert = 'insert into person (public_id, handle, handle_key, display_name, name_key, created_at) values (?, ?, ?, ?, ?, ?)';
  const failing = database.exclusive(() =>
    database.transaction(() => {
      database.statement(insert).run('p1', 'h', 'h', 'A', 'a', 0);
      database.statement(insert).run('p1', 'h', 'h', 'A', 'a', 0);
    }),
  );
  await expect(failing).rejects.toThrow('UNIQUE constraint failed');
  expect(database.connection.isTransaction).toBe(false);
  expect(database.tryEnter()).toBe(true);
  expect(database.connection.prepare('select count(*) as count from person').get()?.count).toBe(0);
});

test('a full disk is a storage failure that says nothing was applied, and writing goes on once there is room', async () => {
  using database = open(fileInNewFolder());
  const db = kyselyOver(database);
  const pages = database.connection.prepare('pragma page_count').get()?.page_count;
  database.connection.exec(`pragma max_page_count = ${pages}`);
  const large = { ...aPerson(1), about: 'x'.repeat(100_000) };
  const failure = await db
    .insertInto('person')
    .values(large)
    .execute()
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StorageFailure);
  expect(failure).toMatchObject({ outcome: 'not_applied', retryAfterMs: 1_000 });
  database.connection.exec('pragma max_page_count = 100000');
  await db.insertInto('person').values(large).execute();
  expect(await db.selectFrom('person').select('id').execute()).toEqual([{ id: 1 }]);
});

test('another program that holds the file is a storage failure, not a wait without end', async () => {
  const file = fileInNewFolder();
  using database = open(file);
  const other = new DatabaseSync(file);
  other.exec('begin immediate');
  const failure = await kyselyOver(database)
    .transaction()
    .execute((trx) => trx.insertInto('person').values(aPerson(1)).execute())
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ outcome: 'not_applied' });
  other.exec('rollback');
  other.close();
  await kyselyOver(database).insertInto('person').values(aPerson(1)).execute();
});

test('a commit that fails may be there or not; a failed sync too; a broken constraint is a bug and no failure of the storage', () => {
  const failed = (errcode: number) => Object.assign(new Error('disk I/O error'), { errcode });
  const ioError = 10;
  const syncError = 10 | (4 << 8);
  expect(storageFailureOf(failed(ioError), 'statement')).toMatchObject({ outcome: 'not_applied' });
  expect(storageFailureOf(failed(ioError), 'commit')).toMatchObject({ outcome: 'unknown' });
  expect(storageFailureOf(failed(syncError), 'statement')).toMatchObject({ outcome: 'unknown' });
  expect(storageFailureOf(failed(19), 'commit')).toBeNull();
  expect(storageFailureOf(new TypeError('a bug'), 'commit')).toBeNull();
});
