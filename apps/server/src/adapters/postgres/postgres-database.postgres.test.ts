import { StorageFailure } from '@parlour/core/errors';
import { expect, onTestFinished, test } from 'vitest';
import { migrations, schemaVersion } from '../sql/migrations.ts';
import { SchemaTooNew } from '../sql/schema-too-new.ts';
import { UniqueViolation } from '../sql/unique-violation.ts';
import { migrationLock } from './postgres-migrations.ts';
import { PostgresUnusable } from './postgres-unusable.ts';
import { TestDatabase } from './test-database.contract.ts';

test('of several that start at once on an empty database one makes the schema, and all go on', async () => {
  await using made = await TestDatabase.make();
  const opened = await Promise.all(Array.from({ length: 6 }, () => made.open({ poolSizeMax: 1 })));
  onTestFinished(async () => void (await Promise.all(opened.map((database) => database[Symbol.asyncDispose]()))));
  expect(await made.query('select version from schema_version order by version')).toEqual(migrations.map(({ version }) => ({ version })));
  for (const database of opened)
    expect(await database.read({ text: 'select count(*) as count from person', values: [] })).toEqual([{ count: 0 }]);
});

test('one that starts while another migrates waits for it, longer than a statement may take', async () => {
  await using made = await TestDatabase.make();
  await using first = await made.open();
  await first.hold(async (connection) => {
    await connection.begin();
    await connection.script(`select pg_advisory_xact_lock(${migrationLock})`, 'statement');
    const second = made.open({ statementTimeoutMs: 1_000 });
    const isWaiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory'
      and clock_timestamp() - query_start > interval '1.2 seconds'`;
    await expect.poll(async () => (await made.query(isWaiting)).length).toBe(1);
    await connection.commit();
    await (await second)[Symbol.asyncDispose]();
  });
});

test('a schema of a newer program is refused, and left as it is', async () => {
  await using made = await TestDatabase.make();
  await (await made.open())[Symbol.asyncDispose]();
  await made.query(`insert into schema_version values (${schemaVersion + 1}, 'of tomorrow')`);
  await expect(made.open()).rejects.toThrow(SchemaTooNew);
  expect(await made.query('select max(version) as version from schema_version')).toEqual([{ version: schemaVersion + 1 }]);
});

test('a database whose encoding cannot hold every text is refused, with how to make one that can', async () => {
  await using made = await TestDatabase.make("encoding 'LATIN1' locale 'C' template template0");
  await expect(made.open()).rejects.toThrow(PostgresUnusable);
  await expect(made.open()).rejects.toThrow(/its encoding is LATIN1; make one with: create database/);
});

test('a server that is not there, and a database that is not, are told without a password', async () => {
  await using made = await TestDatabase.make();
  const nobody = made.open({ url: 'postgresql://parlour:hidden@127.0.0.1:1/parlour' });
  await expect(nobody).rejects.toThrow(StorageFailure);
  await expect(nobody).rejects.toThrow('cannot use PostgreSQL: connect ECONNREFUSED 127.0.0.1:1');
  await expect(made.open({ url: `${made.url}_not` })).rejects.toThrow('cannot use PostgreSQL: there is no such database');
});

test('each connection waits for the disk and sees what is committed, whatever the server was told', async () => {
  await using made = await TestDatabase.make();
  await made.query(`alter database ${made.name} set synchronous_commit = off`);
  await made.query(`alter database ${made.name} set default_transaction_isolation = 'serializable'`);
  await using database = await made.open({ statementTimeoutMs: 12_000 });
  const shown = `select current_setting('synchronous_commit') as sync, current_setting('transaction_isolation') as isolation,
    current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
  expect(await database.read({ text: shown, values: [] })).toEqual([
    { sync: 'on', isolation: 'read committed', statement: '12s', idle: '12s' },
  ]);
});

test('one that keeps others waiting in a transaction and says nothing is thrown out', async () => {
  await using made = await TestDatabase.make();
  await using paused = await made.open({ statementTimeoutMs: 1_000 });
  await using other = await made.open();
  await paused.hold(async (connection) => {
    await connection.begin();
    await connection.script('lock table person', 'statement');
    expect(await other.read({ text: 'select count(*) as count from person', values: [] })).toEqual([{ count: 0 }]);
    await expect(connection.commit()).rejects.toMatchObject({ outcome: 'unknown' });
  });
  expect(await paused.read({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]);
});

test('a unique key that stands in the way is told from a fault, and the connection stays', async () => {
  await using made = await TestDatabase.make();
  await using database = await made.open({ poolSizeMax: 1 });
  const backend = { text: 'select pg_backend_pid() as pid', values: [] };
  const before = await database.read(backend);
  const text = 'insert into schema_version (version, title) values ($1, $2)';
  await expect(database.write({ text, values: [schemaVersion, 'again'] })).rejects.toThrow(UniqueViolation);
  expect(await database.read(backend)).toEqual(before);
});

test('who waits for a connection is told after a while that there is none', async () => {
  await using made = await TestDatabase.make();
  await using database = await made.open({ poolSizeMax: 1, connectTimeoutMs: 2_000 });
  await database.hold(async () => {
    await expect(database.read({ text: 'select 1', values: [] })).rejects.toMatchObject({ name: 'StorageFailure', outcome: 'not_applied' });
  });
  expect(await database.read({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]);
});

test('a connection that is lost while nobody uses it is told in words, and another takes its place', async () => {
  await using made = await TestDatabase.make();
  const told: unknown[] = [];
  await using database = await made.open({ poolSizeMax: 1, reportFault: (fault) => told.push(fault) });
  await made.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  await expect.poll(() => told.length).toBe(1);
  expect(Object.keys(told[0] as Error)).toEqual([]);
  expect(String(told[0])).toMatch(/^Error: a connection that nobody was using is lost: /);
  expect(await database.read({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]);
});
