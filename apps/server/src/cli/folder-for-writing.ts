import { SqlDirectory } from '../adapters/sql/sql-directory.ts';
import { openDataFolder } from '../adapters/sqlite/data-folder.ts';
import { kyselyOver } from '../adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../adapters/sqlite/sqlite-log-store.ts';
import type { Config } from '../config.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';

const busyTimeoutMs = 5_000;

/** The data folder, for a command that changes it while no server runs. */
export type FolderForWriting = Disposable & { readonly store: LogStore; readonly directory: Directory };

/** @throws DataFolderInUse, DataFolderUnusable, SchemaTooNew, StorageFailure */
export function openFolderForWriting({ data }: Config): FolderForWriting {
  using stack = new DisposableStack();
  const folder = stack.use(openDataFolder(data));
  const database = stack.use(new SqliteDatabase({ file: folder.databaseFile, busyTimeoutMs, readOnly: false }));
  const opened = { store: new SqliteLogStore(database), directory: new SqlDirectory(kyselyOver(database)) };
  const kept = stack.move();
  return { ...opened, [Symbol.dispose]: () => kept.dispose() };
}
