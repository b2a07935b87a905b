import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

export type Columns = readonly SQLOutputValue[];

/** Rows as arrays, one at a time: building an object for each costs as much as all the rest of reading it. */
export function rowsOf(database: DatabaseSync, sql: string): IterableIterator<Columns> {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement.iterate() as IterableIterator<unknown> as IterableIterator<Columns>;
}

/** A table read once from its beginning, in the order of its first column, the key of the conversation. */
export class RowsByConversation<Row> {
  readonly #rows: IterableIterator<Columns>;
  readonly #rowOf: (columns: Columns) => Row;
  #next: Columns | null;

  constructor(rows: IterableIterator<Columns>, rowOf: (columns: Columns) => Row) {
    this.#rows = rows;
    this.#rowOf = rowOf;
    this.#next = this.#read();
  }

  /** Rows of this conversation that were not read yet. */
  *of(conv: number): Generator<Row> {
    while (this.#next !== null && this.#next[0] === conv) {
      const row = this.#rowOf(this.#next);
      this.#next = this.#read();
      yield row;
    }
  }

  /** Passes over what belongs to conversations before this one. @returns their keys */
  passBefore(conv: number): number[] {
    const passed: number[] = [];
    while (this.#next !== null && Number(this.#next[0]) < conv) {
      const key = Number(this.#next[0]);
      if (passed.at(-1) !== key) passed.push(key);
      this.#next = this.#read();
    }
    return passed;
  }

  #read(): Columns | null {
    const { done, value } = this.#rows.next();
    return done ? null : value;
  }
}
