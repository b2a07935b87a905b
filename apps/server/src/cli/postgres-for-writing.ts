import { kyselyOver } from '../adapters/postgres/kysely-dialect.ts';
import { PostgresDatabase } from '../adapters/postgres/postgres-database.ts';
import { PostgresLogStore } from '../adapters/postgres/postgres-log-store.ts';
import { usualPatience } from '../adapters/postgres/usual-patience.ts';
import { SqlDirectory } from '../adapters/sql/sql-directory.ts';
import type { Config } from '../config.ts';
import type { StoreForWriting } from './store-for-writing.ts';

/** A command does one thing after the other. */
const poolSizeMax = 2;

/** @throws PostgresUnusable, SchemaTooNew, StorageFailure */
export async function openPostgresForWriting(
  url: string,
  { postgresStatementTimeoutMs: statementTimeoutMs }: Pick<Config, 'postgresStatementTimeoutMs'>,
): Promise<StoreForWriting> {
  const database = await PostgresDatabase.open({
    url,
    poolSizeMax,
    statementTimeoutMs,
    ...usualPatience,
    schema: 'migrate',
    reportFault: () => {},
  });
  return {
    store: new PostgresLogStore(database),
    directory: new SqlDirectory(kyselyOver(database)),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
