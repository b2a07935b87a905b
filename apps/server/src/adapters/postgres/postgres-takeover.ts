import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { type TableName, tableOrder } from '../sql/table-order.ts';
import { bytesArray, numberArray, textArray } from './array-literal.ts';
import type { PostgresConnection } from './postgres-database.ts';
import { isBeingTakenOver, migrate } from './postgres-migrations.ts';
import { PostgresUnusable } from './postgres-unusable.ts';

/** Any number that no other program takes for its own lock in the same database. */
const takeoverLock = '7235118204963105';
const rowsAtOnce = 5_000;
const charactersAtOnce = 4_000_000;

type Columns = readonly SQLOutputValue[];
type Column = { readonly name: string; readonly type: string };

/**
 * Brings what a SQLite database holds into an empty PostgreSQL, over one connection. Both have the same tables and the same keys inside. Entries never
 * change, so they are brought while a server goes on writing, over several runs if need be; all else is small, and is brought at the end, in one
 * transaction.
 */
export class PostgresTakeover {
  readonly #from: DatabaseSync;
  readonly #to: PostgresConnection;

  private constructor(from: DatabaseSync, to: PostgresConnection) {
    this.#from = from;
    this.#to = to;
  }

  /**
   * From here on servers refuse the database until `finish`.
   * @param source which database it is, to go on with that one only
   * @throws PostgresUnusable where something else is in it, SchemaTooNew, StorageFailure
   */
  static async begin({
    from,
    to,
    place,
    source,
  }: {
    from: DatabaseSync;
    to: PostgresConnection;
    place: string;
    source: string;
  }): Promise<PostgresTakeover> {
    await to.script('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0', 'statement');
    const lock = await to.run<{ taken: boolean }>({ text: `select pg_try_advisory_lock(${takeoverLock}) as taken`, values: [] }, 'read');
    if (!lock.rows[0]?.taken) throw new PostgresUnusable(place, 'another parlour move, or restore, into it is under way');
    await migrate(to, place, async () => {
      if (await isBeingTakenOver(to)) {
        const { rows } = await to.run<{ source: string }>({ text: 'select source from unfinished_takeover', values: [] }, 'read');
        if (rows[0]?.source !== source) throw new PostgresUnusable(place, 'another database is being brought into it');
        return;
      }
      const { rows } = await to.run({ text: 'select 1 from person limit 1', values: [] }, 'read');
      if (rows.length > 0) throw new PostgresUnusable(place, 'there are people in it already; name an empty one');
      await to.script('create table unfinished_takeover (source text not null)', 'statement');
      await to.run({ text: 'insert into unfinished_takeover values ($1)', values: [source] }, 'statement');
    });
    return new PostgresTakeover(from, to);
  }

  /** Brings the entries that are not there yet. @returns how many these were */
  async bringEntries(onProgress: (count: number) => void): Promise<number> {
    const copy = this.#copyOf('entry', 'where conv = ? and seq > ? order by seq');
    const lasts = await this.#to.run<[number, number]>(
      { text: 'select conv, max(seq) from entry group by conv', values: [], rowMode: 'array' },
      'read',
    );
    const lastSeqs = new Map(lasts.rows);
    for (const { id, head } of this.#from.prepare('select id, head from conversation').all() as { id: number; head: number }[]) {
      const lastSeq = lastSeqs.get(id) ?? 0;
      if (lastSeq >= head) continue;
      for (const row of copy.rows.iterate(id, lastSeq) as Iterable<unknown>) if (copy.add(row as Columns)) await copy.flush(onProgress);
    }
    await copy.flush(onProgress);
    return copy.count;
  }

  /** Brings everything else as it is now, in place of what an earlier run brought. */
  async bringTheRest(): Promise<void> {
    const rest = tableOrder.filter((table) => table !== 'entry');
    await this.#to.begin();
    try {
      await this.#to.script(`truncate ${rest.join(', ')}`, 'statement');
      for (const table of rest) {
        const copy = this.#copyOf(table, '');
        for (const row of copy.rows.iterate() as Iterable<unknown>) if (copy.add(row as Columns)) await copy.flush();
        await copy.flush();
      }
      for (const table of ['person', 'login', 'device', 'conversation'] as const) {
        const next = `(select coalesce(max(id), 0) + 1 from ${table})`;
        await this.#to.script(`select setval(pg_get_serial_sequence('${table}', 'id'), ${next}, false)`, 'statement');
      }
      await this.#to.commit();
    } catch (error) {
      await this.#to.rollBack();
      throw error;
    }
  }

  /** From here on it is as any other database. */
  async finish(): Promise<void> {
    await this.#to.script('drop table unfinished_takeover; analyze', 'statement');
  }

  #copyOf(table: TableName, which: string): TableCopy {
    return new TableCopy(this.#from, this.#to, { table, which });
  }
}

/** Rows of one table on their way, some thousand at once. */
class TableCopy {
  readonly rows: StatementSync;
  count = 0;
  readonly #columns: readonly Column[];
  readonly #to: PostgresConnection;
  readonly #insert: string;
  #waiting: Columns[] = [];
  #characters = 0;

  constructor(from: DatabaseSync, to: PostgresConnection, { table, which }: { table: TableName; which: string }) {
    this.#to = to;
    this.#columns = from.prepare('select name, lower(type) as type from pragma_table_info(?)').all(table) as Column[];
    const names = this.#columns.map(({ name }) => name).join(', ');
    this.rows = from.prepare(`select ${names} from ${table} ${which}`);
    this.rows.setReturnArrays(true);
    const arrays = this.#columns.map(({ type }, index) => `$${index + 1}::${arrayTypeOf(type)}[]`).join(', ');
    this.#insert = `insert into ${table} (${names}) select * from unnest(${arrays})`;
  }

  /** @returns whether it is time to flush */
  add(row: Columns): boolean {
    this.#waiting.push(row);
    for (const value of row) if (typeof value === 'string') this.#characters += value.length;
    return this.#waiting.length >= rowsAtOnce || this.#characters >= charactersAtOnce;
  }

  async flush(onProgress: (count: number) => void = () => {}): Promise<void> {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    this.#characters = 0;
    const values = this.#columns.map(({ type }, index) =>
      arrayOf(
        type,
        rows.map((row) => row[index] ?? null),
      ),
    );
    await this.#to.run({ text: this.#insert, values }, 'statement');
    this.count += rows.length;
    onProgress(this.count);
  }
}

function arrayTypeOf(type: string): 'bigint' | 'bytea' | 'text' {
  if (type === 'text') return 'text';
  return type === 'blob' ? 'bytea' : 'bigint';
}

function arrayOf(type: string, values: readonly SQLOutputValue[]): string {
  switch (arrayTypeOf(type)) {
    case 'text':
      return textArray(values as (string | null)[]);
    case 'bytea':
      return bytesArray(values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : null)));
    case 'bigint':
      return numberArray(values as (number | null)[]);
  }
}
