import { MemoryBus } from './adapters/memory/memory-bus.ts';
import { SqlDirectory } from './adapters/sql/sql-directory.ts';
import { SqlRegisterStore } from './adapters/sql/sql-register-store.ts';
import { Checkpointer } from './adapters/sqlite/checkpointer.ts';
import type { DataFolder } from './adapters/sqlite/data-folder.ts';
import { kyselyOver } from './adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from './adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from './adapters/sqlite/sqlite-log-store.ts';
import { compose, type Engines, type ReportFault, type RunningServer } from './compose.ts';
import type { Config } from './config.ts';
import { nodeEnvironment } from './node-environment.ts';

type Folder = Pick<DataFolder, 'databaseFile' | 'accessTokenKey'>;

/** One process on a folder of its own, and nothing else. The folder is the caller's to open and to give back. */
export async function composeEmbedded(config: Config, folder: Folder): Promise<RunningServer> {
  return compose(config, async (reportFault) => openSqlite(config, folder, reportFault));
}

function openSqlite({ databaseCacheMib }: Config, { databaseFile: file, accessTokenKey }: Folder, reportFault: ReportFault): Engines {
  const database = new SqliteDatabase({ file, busyTimeoutMs: 5_000, readOnly: false, cacheMib: databaseCacheMib });
  const db = kyselyOver(database);
  const checkpointer = new Checkpointer({ database, file, reportFault });
  return {
    node: nodeEnvironment.id(),
    accessTokenKey,
    store: new SqliteLogStore(database),
    directory: new SqlDirectory(db),
    registers: new SqlRegisterStore(db),
    bus: new MemoryBus(),
    journal: null,
    onStoreLost: () => {},
    samples: () => [],
    whenUnusable: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {
      await checkpointer[Symbol.asyncDispose]();
      await database.exclusive(() => database.close());
    },
  };
}
