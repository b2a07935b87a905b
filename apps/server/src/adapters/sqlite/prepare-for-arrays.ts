import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** For statements of many rows: a row as an array is made in half the time of an object. */
export function prepareForArrays(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}
