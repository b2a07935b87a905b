import { kyselyOver as kyselyOverPostgres } from '../adapters/postgres/kysely-dialect.ts';
import { PostgresDatabase } from '../adapters/postgres/postgres-database.ts';
import { PostgresLogStore } from '../adapters/postgres/postgres-log-store.ts';
import { SqlDirectory } from '../adapters/sql/sql-directory.ts';
import { openDataFolder } from '../adapters/sqlite/data-folder.ts';
import { kyselyOver } from '../adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../adapters/sqlite/sqlite-log-store.ts';
import type { Config } from '../config.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';

const busyTimeoutMs = 5_000;
const answerGraceMs = 5_000;
/** A command does one thing after the other. */
const poolSizeMax = 2;

/** Where a command changes what servers read: a data folder, while no server runs; or a PostgreSQL, also while they run. */
export type StoreForWriting = AsyncDisposable & { readonly store: LogStore; readonly directory: Directory };

/** @throws DataFolderInUse, DataFolderUnusable, PostgresUnusable, SchemaTooNew, StorageFailure */
export async function openStoreForWriting(config: Config): Promise<StoreForWriting> {
  return config.postgresUrl === undefined ? openFolder(config.data) : openPostgres(config.postgresUrl, config);
}

function openFolder(data: string): StoreForWriting {
  using stack = new DisposableStack();
  const folder = stack.use(openDataFolder(data));
  const database = stack.use(new SqliteDatabase({ file: folder.databaseFile, busyTimeoutMs, readOnly: false }));
  const opened = { store: new SqliteLogStore(database), directory: new SqlDirectory(kyselyOver(database)) };
  const kept = stack.move();
  return { ...opened, [Symbol.asyncDispose]: async () => kept.dispose() };
}

async function openPostgres(url: string, { postgresStatementTimeoutMs: statementTimeoutMs }: Config): Promise<StoreForWriting> {
  const database = await PostgresDatabase.open({ url, poolSizeMax, statementTimeoutMs, answerGraceMs, reportFault: () => {} });
  return {
    store: new PostgresLogStore(database),
    directory: new SqlDirectory(kyselyOverPostgres(database)),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
