import { type PostgresConnection, PostgresDatabase } from '../adapters/postgres/postgres-database.ts';
import { usualPatience } from '../adapters/postgres/usual-patience.ts';
import type { Config } from '../config.ts';
import { prove } from './brought-database.ts';
import { takePostgresSnapshot } from './postgres-snapshot.ts';

type Settings = Pick<Config, 'postgresStatementTimeoutMs'>;

/** One connection to a PostgreSQL that need not be whole. @throws PostgresUnusable, StorageFailure */
export async function holdPostgres(
  url: string,
  { postgresStatementTimeoutMs: statementTimeoutMs }: Settings,
  work: (to: PostgresConnection, place: string) => Promise<void>,
): Promise<void> {
  const options = { url, poolSizeMax: 1, statementTimeoutMs, ...usualPatience, schema: 'ignore', reportFault: () => {} } as const;
  await using database = await PostgresDatabase.open(options);
  await database.hold((to) => work(to, database.place));
}

/**
 * Reads all that was brought once, from where it is now. Before the takeover is finished servers refuse the database, so where something is wrong
 * they go on to do so.
 * @returns what was found to be right, in words
 * @throws CommandFailed where something is wrong, StorageFailure
 */
export async function proveBrought(url: string, settings: Settings, advice: string): Promise<string> {
  using brought = await takePostgresSnapshot(url, settings, 'ignore');
  return prove(brought.file, advice);
}
