import { PostgresDatabase } from '../adapters/postgres/postgres-database.ts';
import { usualPatience } from '../adapters/postgres/usual-patience.ts';
import type { Config } from '../config.ts';
import { type Finding, fault, judgeNewest, judgeSchema, messageOf, ok, warning } from './finding.ts';

type Facts = {
  readonly version: string;
  readonly fsync: string;
  readonly pages: string;
  readonly free: number;
  readonly replica: boolean;
  readonly known: boolean;
};

const factsText = `select current_setting('server_version') as version, current_setting('fsync') as fsync,
  current_setting('full_page_writes') as pages, pg_is_in_recovery() as replica, to_regclass('schema_version') is not null as known,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as free`;

/** Looks at the server that is to keep everything. Changes nothing. */
export async function checkPostgres(
  url: string,
  config: Pick<Config, 'postgresPoolSize' | 'postgresStatementTimeoutMs'>,
): Promise<Finding[]> {
  const { postgresPoolSize, postgresStatementTimeoutMs: statementTimeoutMs } = config;
  try {
    const options = { url, poolSizeMax: 1, statementTimeoutMs, ...usualPatience, schema: 'ignore', reportFault: () => {} } as const;
    await using database = await PostgresDatabase.open(options);
    const [facts] = await database.read<Facts>({ text: factsText, values: [] });
    if (!facts) throw new TypeError('the server says nothing of itself');
    return [
      ok('database', `${database.place} is PostgreSQL ${facts.version}`),
      checkDurability(facts),
      checkConnections(facts, postgresPoolSize + 1),
      ...(facts.known ? await checkContents(database) : [ok('schema', 'there is none yet; the first start makes it')]),
    ];
  } catch (error) {
    return [fault('database', messageOf(error), 'start PostgreSQL, let this user in, or name another in PARLOUR_POSTGRES_URL')];
  }
}

function checkDurability({ fsync, pages, replica }: Facts): Finding {
  if (replica) return fault('durability', 'this server is a replica and takes no writes', 'name the primary in PARLOUR_POSTGRES_URL');
  const off = [...(fsync === 'on' ? [] : ['fsync']), ...(pages === 'on' ? [] : ['full_page_writes'])];
  if (off.length === 0) return ok('durability', 'what is committed is on the disk');
  const todo = `set ${off.join(' and ')} to on in its configuration: where the machine fails, messages that were acknowledged would be lost`;
  return fault('durability', `${off.join(' and ')} of the server ${off.length === 1 ? 'is' : 'are'} off`, todo);
}

function checkConnections({ free }: Facts, wanted: number): Finding {
  const found = `the server lets in ${free} more, and ${wanted} are wanted at most`;
  if (free >= wanted) return ok('connections', found);
  return warning(
    'connections',
    found,
    'raise max_connections of PostgreSQL, or lower PARLOUR_POSTGRES_POOL_SIZE; a server that runs has its own already',
  );
}

async function checkContents(database: PostgresDatabase): Promise<Finding[]> {
  const [schema] = await database.read<{ version: number | null }>({
    text: 'select max(version) as version from schema_version',
    values: [],
  });
  const version = schema?.version ?? 0;
  if (version === 0) return [judgeSchema(version)];
  const [contents] = await database.read<{ newest: number | null }>({
    text: 'select max(activity) as newest from conversation',
    values: [],
  });
  return [judgeSchema(version), judgeNewest(contents?.newest ?? 0)];
}
