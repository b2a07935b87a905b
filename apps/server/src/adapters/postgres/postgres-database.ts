import { StorageFailure } from '@parlour/core/errors';
import pg from 'pg';
import { UniqueViolation } from '../sql/unique-violation.ts';
import { keptOf, textOfKept } from './kept-text.ts';
import { type During, endsConnection, isUndoneByOthers, isUniqueViolation, noConnection, storageFailureOf } from './postgres-failure.ts';
import { migrate, requireSchema } from './postgres-migrations.ts';
import { postgresPlace } from './postgres-place.ts';
import { PostgresUnusable } from './postgres-unusable.ts';

export type PostgresOptions = {
  readonly url: string;
  /** Connections held at most. */
  readonly poolSizeMax: number;
  /** How long anybody waits for one of them. */
  readonly connectTimeoutMs: number;
  /** The server ends what takes longer, and so holds nobody back for longer than that. */
  readonly statementTimeoutMs: number;
  /** How much longer an answer may be on its way; then the connection is left, and what became of the statement is not known. */
  readonly answerGraceMs: number;
  /** Brought up to date; or left as it is, and refused where it is not this program's; or not looked at. */
  readonly schema: 'migrate' | 'require' | 'ignore';
  /** A connection was lost; those who used it are told by themselves. */
  readonly reportFault: (fault: unknown) => void;
  /** A server asks nothing while it does not hold this; commands go without. */
  readonly lock?: HeldLock;
};

export type HeldLock = {
  readonly isHeld: boolean;
  readonly hold: () => Promise<void>;
  /** After it was lost; called before anybody who waited for it goes on. */
  readonly onRetaken: (listener: () => void) => void;
};

export type Statement = { readonly text: string; readonly values: readonly unknown[]; readonly rowMode?: 'array' };
export type Answer<Row> = { readonly rows: Row[]; readonly count: number; readonly command: string };

const versionMin = 130_000;
const idleMs = 30_000;
const waitingMax = 10_000;
const statementsNamedMax = 512;
const triesMax = 5;

const oids = { int8: 20, text: 25 } as const;

/**
 * The connections of one process to its PostgreSQL. Each statement says by how it is run what an error means for it; a connection that broke is
 * left, and the next statement opens another.
 */
export class PostgresDatabase implements AsyncDisposable {
  /** Where it is, without a password. */
  readonly place: string;
  readonly #pool: pg.Pool;
  readonly #answerMs: number;
  readonly #lock: HeldLock | undefined;
  readonly #names = new Map<string, string>();
  readonly #lostListeners: (() => void)[] = [];
  #lossCount = 0;

  private constructor({ url, poolSizeMax, connectTimeoutMs, statementTimeoutMs, answerGraceMs, reportFault, lock }: PostgresOptions) {
    this.place = postgresPlace(url);
    this.#lock = lock;
    lock?.onRetaken(() => this.#lost());
    this.#answerMs = statementTimeoutMs + answerGraceMs;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: poolSizeMax,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleMs,
      keepAlive: true,
      application_name: 'parlour',
      types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
      onConnect: (client) => prepareConnection(client, { connectTimeoutMs, statementTimeoutMs }),
    });
    this.#pool.on('error', (error) => {
      this.#lost();
      // The library hangs the whole connection on it, with all that it was told; a log needs the words.
      reportFault(new Error(`a connection that nobody was using is lost: ${error.message}`));
    });
  }

  /** Connects, and sees to the schema. @throws SchemaTooNew, StorageFailure, PostgresUnusable */
  static async open(options: PostgresOptions): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(options);
    try {
      await database.#requireServer();
      if (options.schema === 'migrate') await database.hold((connection) => migrate(connection, database.place));
      if (options.schema === 'require') await database.hold((connection) => requireSchema(connection, database.place));
      return database;
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** After a connection was lost another server may answer, which need not know all that this one had said. */
  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  /** So often that may have been. What was read before another count is not sure any more. */
  get lossCount(): number {
    return this.#lossCount;
  }

  /** Changes nothing. @throws StorageFailure */
  read<Row>(statement: Statement): Promise<Row[]> {
    return this.hold(async (connection) => (await connection.run<Row>(statement, 'read')).rows);
  }

  /**
   * One statement that is a transaction by itself. One that others undid is done again.
   * @param atLossCount when what it says was read; it is not sent where another server may answer since @throws StorageFailure, UniqueViolation
   */
  async write<Row>(statement: Statement, { atLossCount }: { readonly atLossCount?: number } = {}): Promise<Answer<Row>> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.hold((connection) => {
          if (atLossCount !== undefined && atLossCount !== this.#lossCount) throw overtaken();
          return connection.run<Row>(statement, 'write');
        });
      } catch (error) {
        if (!(error instanceof StorageFailure) || !isUndoneByOthers(error.cause) || tries >= triesMax) throw error;
      }
    }
  }

  /** One connection for as long as the work takes. @throws StorageFailure */
  async hold<Result>(work: (connection: PostgresConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.acquire();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  }

  /** Whoever acquires must release. @throws StorageFailure */
  async acquire(): Promise<PostgresConnection> {
    if (this.#lock && !this.#lock.isHeld) await this.#lock.hold();
    if (this.#pool.waitingCount >= waitingMax) {
      throw new StorageFailure('cannot use PostgreSQL: too many are waiting for it', { outcome: 'not_applied', retryAfterMs: 1_000 });
    }
    try {
      const client = await this.#pool.connect();
      return new PostgresConnection(client, { answerMs: this.#answerMs, nameOf: (text) => this.#nameOf(text), lost: () => this.#lost() });
    } catch (error) {
      throw noConnection(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#pool.ended && !this.#pool.ending) await this.#pool.end();
  }

  #lost(): void {
    this.#lossCount++;
    for (const listener of this.#lostListeners) listener();
  }

  /** The same text has the same name on every connection, and is planned once on each; beyond so many texts they stay without. */
  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= statementsNamedMax) return known;
    const name = `parlour_${this.#names.size + 1}`;
    this.#names.set(text, name);
    return name;
  }

  async #requireServer(): Promise<void> {
    const [found] = await this.read<{ version: string; number: number; encoding: string }>({
      text: `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        current_setting('server_encoding') as encoding`,
      values: [],
    });
    if (!found) throw new TypeError('the server says nothing of itself');
    if (found.number < versionMin) throw new PostgresUnusable(this.place, `it is PostgreSQL ${found.version}, and 13 or newer is needed`);
    if (found.encoding !== 'UTF8') {
      throw new PostgresUnusable(
        this.place,
        `its encoding is ${found.encoding}; make one with: create database parlour encoding 'UTF8' template template0`,
      );
    }
  }
}

type ConnectionTools = {
  readonly answerMs: number;
  readonly nameOf: (text: string) => string | undefined;
  readonly lost: () => void;
};

/** One connection, while one user has it. */
export class PostgresConnection {
  readonly #client: pg.PoolClient;
  readonly #tools: ConnectionTools;
  #broken: Error | null = null;

  constructor(client: pg.PoolClient, tools: ConnectionTools) {
    this.#client = client;
    this.#tools = tools;
    client.on('error', this.#onError);
  }

  /** It serves nobody any more. */
  get isBroken(): boolean {
    return this.#broken !== null;
  }

  /** @throws StorageFailure, UniqueViolation */
  async run<Row>({ text, values, rowMode }: Statement, during: During): Promise<Answer<Row>> {
    try {
      const config = {
        text,
        values: values.map(parameterOf),
        name: this.#tools.nameOf(text),
        query_timeout: this.#tools.answerMs,
        ...(rowMode && { rowMode }),
      };
      const { rows, rowCount, command } = await this.#client.query(config as pg.QueryConfig);
      return { rows: rows as Row[], count: rowCount ?? 0, command };
    } catch (error) {
      if (endsConnection(error)) this.#break(error as Error);
      if (isUniqueViolation(error)) throw new UniqueViolation('a unique key stood in the way', { cause: error });
      throw storageFailureOf(error, during) ?? error;
    }
  }

  /** Several statements without values, in one go. @throws StorageFailure */
  async script(text: string, during: During): Promise<void> {
    try {
      await this.#client.query(text);
    } catch (error) {
      if (endsConnection(error)) this.#break(error as Error);
      throw storageFailureOf(error, during) ?? error;
    }
  }

  async begin(): Promise<void> {
    await this.run({ text: 'begin', values: [] }, 'statement');
  }

  /** The server answers the commit of a transaction that it has given up with ROLLBACK, and no error. @throws StorageFailure */
  async commit(): Promise<void> {
    const { command } = await this.run({ text: 'commit', values: [] }, 'commit');
    if (command !== 'ROLLBACK') return;
    throw new StorageFailure('cannot use PostgreSQL: the transaction had failed before', { outcome: 'not_applied', retryAfterMs: 1_000 });
  }

  /** What could not be undone in words is undone by leaving. */
  async rollBack(): Promise<void> {
    if (this.#broken) return;
    try {
      await this.run({ text: 'rollback', values: [] }, 'statement');
    } catch (error) {
      this.#break(error as Error);
    }
  }

  release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#broken ?? undefined);
  }

  readonly #onError = (error: Error): void => this.#break(error);

  #break(error: Error): void {
    if (this.#broken) return;
    this.#broken = error;
    this.#tools.lost();
  }
}

function overtaken(): StorageFailure {
  const said = 'cannot use PostgreSQL: a connection was lost meanwhile, and another server may answer now';
  return new StorageFailure(said, { outcome: 'not_applied', retryAfterMs: 1_000 });
}

/**
 * Whatever the server was told elsewhere, this is what a connection of ours relies on. Every table has a key for all that is asked of it, and is small
 * when a statement is first planned: a plan that reads it through would be kept until the server next counts its rows. To plan a commit anew takes
 * as long as to run it.
 */
async function prepareConnection(
  client: pg.ClientBase,
  { connectTimeoutMs, statementTimeoutMs }: Pick<PostgresOptions, 'connectTimeoutMs' | 'statementTimeoutMs'>,
): Promise<void> {
  await client.query({
    text: `select set_config('client_encoding', 'UTF8', false), set_config('default_transaction_isolation', 'read committed', false),
      set_config('synchronous_commit', case when current_setting('synchronous_commit') = 'off' then 'on' else current_setting('synchronous_commit') end, false),
      set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false),
      set_config('plan_cache_mode', 'force_generic_plan', false), set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $1, false)`,
    values: [String(statementTimeoutMs)],
    query_timeout: connectTimeoutMs,
  } as pg.QueryConfig);
}

/** Nothing that is kept passes 2^53, so a number is a number. */
function parserOf(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === oids.int8) return Number;
  return oid === oids.text ? textOfKept : pg.types.getTypeParser(oid, format as 'text');
}

function parameterOf(value: unknown): unknown {
  if (typeof value === 'string') return keptOf(value);
  return Array.isArray(value) ? value.map(parameterOf) : value;
}
