import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { type PostgresConnection, PostgresDatabase } from '../adapters/postgres/postgres-database.ts';
import { usualPatience } from '../adapters/postgres/usual-patience.ts';
import { type TableName, tableOrder } from '../adapters/sql/table-order.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import type { Config } from '../config.ts';

const rowsAtOnce = 2_000;

/** One moment of a PostgreSQL as a SQLite file of this user's alone, gone after it. */
export type Snapshot = Disposable & { readonly file: string };

/**
 * Copies everything in one read-only transaction, while servers write. Both engines have the same tables, so what reads the one reads the other.
 * @param schema 'ignore' where what is looked at is not whole yet
 * @throws PostgresUnusable, SchemaTooNew, StorageFailure
 */
export async function takePostgresSnapshot(
  url: string,
  { postgresStatementTimeoutMs: statementTimeoutMs }: Pick<Config, 'postgresStatementTimeoutMs'>,
  schema: 'require' | 'ignore' = 'require',
): Promise<Snapshot> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-snapshot-'));
  const snapshot = { file: join(folder, 'parlour.db'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  try {
    await copyPostgresInto(snapshot.file, { url, statementTimeoutMs, schema });
    return snapshot;
  } catch (error) {
    snapshot[Symbol.dispose]();
    throw error;
  }
}

/** Where this program dies in between, the file is worth nothing. @throws PostgresUnusable, SchemaTooNew, StorageFailure */
export async function copyPostgresInto(
  file: string,
  { url, statementTimeoutMs, schema }: { url: string; statementTimeoutMs: number; schema: 'require' | 'ignore' },
): Promise<void> {
  await using from = await PostgresDatabase.open({
    url,
    poolSizeMax: 1,
    statementTimeoutMs,
    ...usualPatience,
    schema,
    reportFault: () => {},
  });
  using to = new SqliteDatabase({ file, busyTimeoutMs: 0, readOnly: false });
  to.connection.exec('pragma synchronous = off');
  await from.hold(async (connection) => {
    await connection.script('begin isolation level repeatable read read only; set local enable_seqscan = on', 'read');
    for (const table of tableOrder) await copyTable(table, connection, to);
    await connection.rollBack();
  });
}

async function copyTable(table: TableName, from: PostgresConnection, to: SqliteDatabase): Promise<void> {
  const columns = to.connection.prepare(`select name from pragma_table_info('${table}')`).all() as { name: string }[];
  const names = columns.map(({ name }) => name).join(', ');
  const insert = to.connection.prepare(`insert into ${table} (${names}) values (${columns.map(() => '?').join(', ')})`);
  await from.script(`declare rows_of_${table} no scroll cursor for select ${names} from ${table}`, 'read');
  const fetch = { text: `fetch ${rowsAtOnce} from rows_of_${table}`, values: [], rowMode: 'array' } as const;
  for (;;) {
    const { rows } = await from.run<SQLInputValue[]>(fetch, 'read');
    to.transaction(() => {
      for (const row of rows) insert.run(...row);
    });
    if (rows.length < rowsAtOnce) break;
  }
  await from.script(`close rows_of_${table}`, 'read');
}
