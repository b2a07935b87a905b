import { MemoryBus } from './adapters/memory/memory-bus.ts';
import { kyselyOver } from './adapters/postgres/kysely-dialect.ts';
import { PostgresDatabase } from './adapters/postgres/postgres-database.ts';
import { PostgresJournal } from './adapters/postgres/postgres-journal.ts';
import { PostgresLogStore } from './adapters/postgres/postgres-log-store.ts';
import { ServingLock } from './adapters/postgres/serving-lock.ts';
import { sharedSecret } from './adapters/postgres/shared-secret.ts';
import { usualPatience } from './adapters/postgres/usual-patience.ts';
import { SqlDirectory } from './adapters/sql/sql-directory.ts';
import { SqlRegisterStore } from './adapters/sql/sql-register-store.ts';
import type { DataFolder } from './adapters/sqlite/data-folder.ts';
import { busSamples } from './bus-samples.ts';
import { compose, type Engines, type ReportFault, type RunningServer } from './compose.ts';
import type { Config } from './config.ts';
import { nodeEnvironment } from './node-environment.ts';

type Folder = Pick<DataFolder, 'accessTokenKey'>;

/** One process on a PostgreSQL, alone or with others that it hears of by NATS. Its folder keeps what is the server's own: secrets. */
export async function composePostgres(config: Config, folder: Folder): Promise<RunningServer> {
  return compose(config, (reportFault) => (config.bus === 'nats' ? openCluster : openPostgres)(config, folder, reportFault));
}

/** @throws SchemaTooNew, StorageFailure, PostgresUnusable */
async function openPostgres(config: Config, { accessTokenKey }: Folder, reportFault: ReportFault): Promise<Engines> {
  await using opened = new AsyncDisposableStack();
  const { lock, database } = await openDatabase(config, opened, reportFault);
  const bus = new MemoryBus();
  lock.onRetaken(() => bus.gap());
  const engines = opened.move();
  return {
    node: nodeEnvironment.id(),
    accessTokenKey,
    ...storesOf(database, null),
    bus,
    journal: null,
    onStoreLost: lossesOf({ lock, database }),
    samples: () => [],
    whenUnusable: lock.whenTaken,
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  };
}

/** @throws SchemaTooNew, StorageFailure, PostgresUnusable, NatsUnusable */
async function openCluster(config: Config, folder: Folder, reportFault: ReportFault): Promise<Engines> {
  const { natsUrl: url, natsPrefix: prefix } = config;
  if (url === undefined) throw new TypeError('there is no address of a NATS');
  // Whoever has no other servers need not load its client.
  const { NatsBus } = await import('./adapters/nats/nats-bus.ts');
  const node = nodeEnvironment.id();
  await using opened = new AsyncDisposableStack();
  const { lock, database } = await openDatabase(config, opened, reportFault);
  // A token that one server gave is good at the others.
  const accessTokenKey = await sharedSecret(database, 'access_token_key', folder.accessTokenKey);
  const bus = opened.use(await NatsBus.open({ url, prefix, node, reportFault: (fault) => reportFault(fault, 'the bus') }));
  lock.onRetaken(() => bus.gap());
  const journal = new PostgresJournal(database);
  const engines = opened.move();
  return {
    node,
    accessTokenKey,
    ...storesOf(database, journal),
    bus,
    journal,
    onStoreLost: lossesOf({ lock, database }),
    samples: () => busSamples(bus),
    whenUnusable: lock.whenTaken,
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  };
}

/** Each server's connection that holds the lock goes with the server that it is held in. */
function lossesOf({ lock, database }: { readonly lock: ServingLock; readonly database: PostgresDatabase }): Engines['onStoreLost'] {
  return (listener) => {
    database.onLost(() => listener('a_connection'));
    lock.onRetaken(() => listener('every_connection'));
  };
}

function storesOf(database: PostgresDatabase, journal: PostgresJournal | null) {
  const db = kyselyOver(database);
  return {
    store: new PostgresLogStore(database, journal),
    directory: new SqlDirectory(db, journal),
    registers: new SqlRegisterStore(db, journal),
  };
}

/**
 * Both are given to `opened`. The lock comes first: whoever may not serve leaves the schema alone.
 * @throws SchemaTooNew, StorageFailure, PostgresUnusable
 */
async function openDatabase(config: Config, opened: AsyncDisposableStack, reportFault: ReportFault) {
  const { postgresUrl: url, postgresPoolSize: poolSizeMax, postgresStatementTimeoutMs: statementTimeoutMs, bus } = config;
  if (url === undefined) throw new TypeError('there is no address of a PostgreSQL');
  const reportLoss = (fault: unknown): void => reportFault(fault, 'a connection to PostgreSQL');
  const common = { url, ...usualPatience, reportFault: reportLoss };
  const lock = opened.use(await ServingLock.take({ ...common, company: bus === 'nats' ? 'together' : 'alone' }));
  const database = await PostgresDatabase.open({ ...common, poolSizeMax, statementTimeoutMs, schema: 'migrate', lock });
  return { lock, database: opened.use(database) };
}
