import {
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Tables } from '../sql/tables.ts';
import type { Answer, PostgresConnection, PostgresDatabase } from './postgres-database.ts';
import type { During } from './postgres-failure.ts';

/** The query builder over the connections of a database. */
export function kyselyOver(database: PostgresDatabase): Kysely<Tables> {
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new HoldingDriver(database),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new KyselyOverPostgres(dialect, database);
}

/** A query outside a transaction is one by itself, so what an error means for it is known here: the builder's own way does not tell. */
class KyselyOverPostgres extends Kysely<Tables> {
  readonly #database: PostgresDatabase;

  constructor(dialect: Dialect, database: PostgresDatabase) {
    super({ dialect });
    this.#database = database;
  }

  override async executeQuery<Row>(query: CompiledQuery<Row> | Compilable<Row>): Promise<QueryResult<Row>> {
    const { sql: text, parameters: values } = 'compile' in query ? query.compile() : query;
    if (text.startsWith('select')) return { rows: await this.#database.read<Row>({ text, values }) };
    return resultOf(await this.#database.write<Row>({ text, values }));
  }
}

class HoldingDriver implements Driver {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<HeldConnection> {
    return new HeldConnection(await this.#database.acquire());
  }

  async releaseConnection(connection: HeldConnection): Promise<void> {
    connection.held.release();
  }

  async beginTransaction(connection: HeldConnection): Promise<void> {
    await connection.held.begin();
    connection.during = 'statement';
  }

  async commitTransaction(connection: HeldConnection): Promise<void> {
    await connection.held.commit();
  }

  async rollbackTransaction(connection: HeldConnection): Promise<void> {
    await connection.held.rollBack();
  }

  /** The database belongs to whoever opened it. */
  async destroy(): Promise<void> {}
}

class HeldConnection implements DatabaseConnection {
  readonly held: PostgresConnection;
  during: During = 'write';

  constructor(held: PostgresConnection) {
    this.held = held;
  }

  async executeQuery<Row>({ sql: text, parameters: values }: CompiledQuery): Promise<QueryResult<Row>> {
    return resultOf(await this.held.run<Row>({ text, values }, this.during));
  }

  // biome-ignore lint/correctness/useYield: a stream would hold a connection for as long as its reader likes
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('cannot stream: page by key');
  }
}

function resultOf<Row>({ rows, count }: Answer<Row>): QueryResult<Row> {
  return { rows, numAffectedRows: BigInt(count) };
}
