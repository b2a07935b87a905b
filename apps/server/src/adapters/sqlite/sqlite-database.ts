import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StorageFailure } from '@parlour/core/errors';
import { type Migration, migrations, schemaVersion } from '../sql/migrations.ts';
import { SchemaTooNew } from '../sql/schema-too-new.ts';
import { storageFailureOf } from './sqlite-failure.ts';

const statementsHeldMax = 512;
const waitingMax = 10_000;
const cacheMibByDefault = 64;

export type SqliteOptions = {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly readOnly: boolean;
  /** At most so much of the file is held in memory. */
  readonly cacheMib?: number;
};

/**
 * The one connection of a process to its database, and the lock that keeps users of it out of each other's transactions.
 * Statements are synchronous; only a transaction of the query builder spans turns of the event loop, and it holds the lock meanwhile.
 * So: hold the lock (`exclusive`, or `tryEnter` and `leave`) around whatever must not fall into another's transaction.
 */
export class SqliteDatabase implements Disposable {
  readonly connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #waiting: Array<() => void> = [];
  #held = false;
  #reading = false;

  /** Brings the schema up to date. @throws SchemaTooNew */
  constructor({ file, busyTimeoutMs, readOnly, cacheMib = cacheMibByDefault }: SqliteOptions) {
    this.connection = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    try {
      if (!readOnly) this.connection.exec('pragma journal_mode = wal');
      this.connection.exec(`pragma synchronous = full; pragma secure_delete = on; pragma cache_size = -${cacheMib * 1024}`);
      const found = foundVersion(this.connection);
      if (found > schemaVersion) throw new SchemaTooNew(file, found);
      if (!readOnly) migrate(this.connection, migrations);
      else if (found < schemaVersion)
        throw new Error(`cannot read ${file}: its schema has version ${found}, and ${schemaVersion} is needed`);
    } catch (error) {
      this.connection.close();
      throw storageFailureOf(error, 'statement') ?? error;
    }
  }

  /** Compiled once for each text; keep what changes in parameters. */
  statement(sql: string): StatementSync {
    const held = this.#statements.get(sql);
    if (held !== undefined) return held;
    const statement = this.connection.prepare(sql);
    if (this.#statements.size >= statementsHeldMax) {
      const oldest = this.#statements.keys().next();
      if (oldest.done !== true) this.#statements.delete(oldest.value);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** The synchronous fast path into the lock. @returns whether it is now held; then `leave` must follow */
  tryEnter(): boolean {
    if (this.#held) return false;
    this.#endReading();
    this.#held = true;
    return true;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /**
   * For reads only. Those of one turn see one moment and share SQLite's read lock, which costs more than most reads: it is given back at the
   * end of the turn, or before whoever takes the lock of this connection.
   */
  read<T>(work: () => T): T {
    if (!this.#held && !this.#reading) {
      this.statement('begin').run();
      this.#reading = true;
      setImmediate(() => this.#endReading());
    }
    return work();
  }

  #endReading(): void {
    if (!this.#reading) return;
    this.#reading = false;
    if (this.connection.isOpen && this.connection.isTransaction) this.statement('commit').run();
  }

  /** Waits in line for the lock. Not reentrant: whoever holds it and waits for it waits for ever. @throws StorageFailure when the line is too long */
  async enter(): Promise<void> {
    if (this.tryEnter()) return;
    if (this.#waiting.length >= waitingMax) {
      throw new StorageFailure('cannot use the database: too many are waiting for it', { outcome: 'not_applied', retryAfterMs: 1_000 });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next();
  }

  async exclusive<T>(work: () => Promise<T> | T): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** One transaction within this turn, by whoever holds the lock. What `work` throws undoes it. @throws StorageFailure */
  transaction<T>(work: () => T): T {
    let during: 'statement' | 'commit' = 'statement';
    try {
      this.statement('begin immediate').run();
      const result = work();
      during = 'commit';
      this.statement('commit').run();
      return result;
    } catch (error) {
      this.rollBack();
      throw storageFailureOf(error, during) ?? error;
    }
  }

  /** Harmless where SQLite has rolled back by itself, as it does when the disk is full. */
  rollBack(): void {
    if (this.connection.isTransaction) this.statement('rollback').run();
  }

  close(): void {
    if (this.connection.isOpen) this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function foundVersion(connection: DatabaseSync): number {
  const table = connection.prepare(`select 1 from sqlite_schema where type = 'table' and name = 'schema_version'`).get();
  if (table === undefined) return 0;
  return Number(connection.prepare('select max(version) as version from schema_version').get()?.version ?? 0);
}

/** The version is read again inside the transaction: two programs may start at once. */
function migrate(connection: DatabaseSync, steps: readonly Migration[]): void {
  connection.exec('begin immediate');
  try {
    connection.exec('create table if not exists schema_version (version integer primary key, title text not null)');
    const found = foundVersion(connection);
    for (const { version, title, statements } of steps.filter((step) => step.version > found)) {
      for (const statement of statements) connection.exec(inSqlite(statement));
      connection.prepare('insert into schema_version (version, title) values (?, ?)').run(version, title);
    }
    connection.exec('commit');
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback');
    throw error;
  }
}

function inSqlite(statement: string): string {
  return statement
    .replaceAll('{integer_key}', 'integer primary key')
    .replaceAll('{bytes}', 'blob')
    .replaceAll('{clustered}', 'without rowid');
}
