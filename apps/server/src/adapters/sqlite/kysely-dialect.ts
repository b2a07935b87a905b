import type { SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { BoundedCache } from '../sql/bounded-cache.ts';
import type { Tables } from '../sql/tables.ts';
import { UniqueViolation } from '../sql/unique-violation.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { isUniqueViolation, storageFailureOf } from './sqlite-failure.ts';

/** The query builder over the one connection. Each query takes the lock, and a transaction holds it from begin to end. */
export function kyselyOver(database: SqliteDatabase): Kysely<Tables> {
  const connection = new SqliteConnection(database);
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new LockingDriver(database, connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new KyselyOverSqlite(dialect, database, connection);
}

/** A query that was compiled before goes straight to the connection: the builder's way there costs several times what the query does. */
class KyselyOverSqlite extends Kysely<Tables> {
  readonly #database: SqliteDatabase;
  readonly #connection: SqliteConnection;

  constructor(dialect: Dialect, database: SqliteDatabase, connection: SqliteConnection) {
    super({ dialect });
    this.#database = database;
    this.#connection = connection;
  }

  override async executeQuery<Row>(query: CompiledQuery<Row> | Compilable<Row>): Promise<QueryResult<Row>> {
    const compiled = 'compile' in query ? query.compile() : query;
    const run = (): QueryResult<Row> => this.#connection.run(compiled);
    if (compiled.sql.startsWith('select') && !this.#database.isHeld) return this.#database.read(run);
    return this.#database.exclusive(run);
  }
}

class LockingDriver implements Driver {
  readonly #database: SqliteDatabase;
  readonly #connection: DatabaseConnection;

  constructor(database: SqliteDatabase, connection: DatabaseConnection) {
    this.#database = database;
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#database.enter();
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#database.leave();
  }

  async beginTransaction(): Promise<void> {
    this.#run('begin immediate', 'statement');
  }

  async commitTransaction(): Promise<void> {
    this.#run('commit', 'commit');
  }

  async rollbackTransaction(): Promise<void> {
    this.#database.rollBack();
  }

  /** The database belongs to whoever opened it. */
  async destroy(): Promise<void> {}

  #run(sql: string, during: 'statement' | 'commit'): void {
    try {
      this.#database.statement(sql).run();
    } catch (error) {
      throw storageFailureOf(error, during) ?? error;
    }
  }
}

const statementsKnownMax = 512;

class SqliteConnection implements DatabaseConnection {
  readonly #database: SqliteDatabase;
  readonly #rowsReturned = new BoundedCache<string, boolean>(statementsKnownMax);

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.run(query);
  }

  /** @throws StorageFailure, UniqueViolation */
  run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    try {
      const statement = this.#database.statement(sql);
      const values = parameters as readonly SQLInputValue[];
      if (this.#returnsRows(sql, statement)) return { rows: statement.all(...values) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      if (isUniqueViolation(error)) throw new UniqueViolation('a unique key stood in the way', { cause: error });
      throw storageFailureOf(error, 'statement') ?? error;
    }
  }

  /** Asked of SQLite once a statement: the answer is made of objects, and never changes. */
  #returnsRows(sql: string, statement: StatementSync): boolean {
    const known = this.#rowsReturned.get(sql);
    if (known !== undefined) return known;
    const returnsRows = statement.columns().length > 0;
    this.#rowsReturned.set(sql, returnsRows);
    return returnsRows;
  }

  // biome-ignore lint/correctness/useYield: a stream would hold the lock for as long as its reader likes
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('cannot stream: page by key');
  }
}
