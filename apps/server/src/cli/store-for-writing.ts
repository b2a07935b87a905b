import { SqlDirectory } from '../adapters/sql/sql-directory.ts';
import { openDataFolder } from '../adapters/sqlite/data-folder.ts';
import { kyselyOver } from '../adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../adapters/sqlite/sqlite-log-store.ts';
import type { Config } from '../config.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';

const busyTimeoutMs = 5_000;

/** Where a command changes what servers read: a data folder, while no server runs; or a PostgreSQL, also while they run. */
export type StoreForWriting = AsyncDisposable & { readonly store: LogStore; readonly directory: Directory };

/** @throws DataFolderInUse, DataFolderUnusable, PostgresUnusable, SchemaTooNew, StorageFailure */
export async function openStoreForWriting(config: Config): Promise<StoreForWriting> {
  if (config.postgresUrl === undefined) return openFolder(config.data);
  // Whoever has no PostgreSQL does not load what speaks with it.
  const { openPostgresForWriting } = await import('./postgres-for-writing.ts');
  return openPostgresForWriting(config.postgresUrl, config);
}

function openFolder(data: string): StoreForWriting {
  using stack = new DisposableStack();
  const folder = stack.use(openDataFolder(data));
  const database = stack.use(new SqliteDatabase({ file: folder.databaseFile, busyTimeoutMs, readOnly: false }));
  const opened = { store: new SqliteLogStore(database), directory: new SqlDirectory(kyselyOver(database)) };
  const kept = stack.move();
  return { ...opened, [Symbol.asyncDispose]: async () => kept.dispose() };
}
