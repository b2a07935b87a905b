import { kyselyOver } from './adapters/postgres/kysely-dialect.ts';
import { PostgresDatabase } from './adapters/postgres/postgres-database.ts';
import { PostgresLogStore } from './adapters/postgres/postgres-log-store.ts';
import { usualPatience } from './adapters/postgres/usual-patience.ts';
import { SqlDirectory } from './adapters/sql/sql-directory.ts';
import { SqlRegisterStore } from './adapters/sql/sql-register-store.ts';
import type { DataFolder } from './adapters/sqlite/data-folder.ts';
import { compose, type Engines, type ReportFault, type RunningServer } from './compose.ts';
import type { Config } from './config.ts';

/** One process on a PostgreSQL. Its folder keeps what is the server's own: secrets. */
export async function composePostgres(config: Config, folder: Pick<DataFolder, 'accessTokenKey'>): Promise<RunningServer> {
  return compose(config, { accessTokenKey: folder.accessTokenKey, openEngines: (reportFault) => openPostgres(config, reportFault) });
}

/** @throws SchemaTooNew, StorageFailure, PostgresUnusable */
export async function openPostgres(
  { postgresUrl: url, postgresPoolSize: poolSizeMax, postgresStatementTimeoutMs: statementTimeoutMs }: Config,
  reportFault: ReportFault,
): Promise<Engines> {
  if (url === undefined) throw new TypeError('there is no address of a PostgreSQL');
  const reportLoss = (fault: unknown): void => reportFault(fault, 'a connection to PostgreSQL');
  const database = await PostgresDatabase.open({
    url,
    poolSizeMax,
    statementTimeoutMs,
    ...usualPatience,
    schema: 'migrate',
    reportFault: reportLoss,
  });
  const db = kyselyOver(database);
  return {
    store: new PostgresLogStore(database),
    directory: new SqlDirectory(db),
    registers: new SqlRegisterStore(db),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
