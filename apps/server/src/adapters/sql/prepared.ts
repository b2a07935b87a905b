import type { Compilable, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Stands in a query that is written once for a value that comes with each run. */
export type Placeholders<Values> = { readonly [Name in keyof Values]: Values[Name] };

/** A query that the builder writes once; a run only fills in the values, so the engine's own prepared statement is met again. */
export type Prepared<Values, Row> = (db: Kysely<Tables>, values: Values) => Promise<Row[]>;

export function prepare<Values extends Record<string, string | number | null>, Row>(
  db: Kysely<Tables>,
  build: (db: Kysely<Tables>, values: Placeholders<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  const placeholders = new Proxy({}, { get: (_, name) => new Parameter(String(name)) }) as Placeholders<Values>;
  const compiled = build(db, placeholders).compile();
  return async (executor, values) => {
    const parameters = compiled.parameters.map((value) => (value instanceof Parameter ? values[value.name] : value));
    const { rows } = await executor.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}

/** The same for a query with a list in it (`in (...)`), which is written once for each power of two that its length is rounded up to. */
export function prepareForMany<Common extends Record<string, string | number | null>, Item extends string | number, Row>(
  db: Kysely<Tables>,
  build: (db: Kysely<Tables>, common: Placeholders<Common>, items: readonly Item[]) => Compilable<Row>,
): (db: Kysely<Tables>, common: Common, items: readonly Item[]) => Promise<Row[]> {
  const known = new Map<number, Prepared<Record<string, string | number | null>, Row>>();
  const queryFor = (length: number): Prepared<Record<string, string | number | null>, Row> => {
    const names = Array.from({ length }, (_, index) => itemName(index));
    return prepare(db, (builder, values: Placeholders<Record<string, string | number | null>>) =>
      build(
        builder,
        values as Placeholders<Common>,
        names.map((name) => values[name] as Item),
      ),
    );
  };
  return (executor, common, items) => {
    const list = padded(items);
    const query = known.get(list.length) ?? queryFor(list.length);
    known.set(list.length, query);
    const values: Record<string, string | number | null> = { ...common };
    for (const [index, item] of list.entries()) values[itemName(index)] = item;
    return query(executor, values);
  };
}

const itemName = (index: number): string => `item ${index}`;

/** The last stands again until the length is a power of two. */
function padded<Value>(values: readonly Value[]): readonly Value[] {
  const last = values.at(-1);
  if (last === undefined) return values;
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...new Array<Value>(length - values.length).fill(last)];
}

/** Engines bound the number of parameters; an answer of this many is as much as a caller needs at once. */
export function chunksOf<Value>(values: readonly Value[], size: number): ReadonlyArray<readonly Value[]> {
  const chunks: Array<readonly Value[]> = [];
  for (let index = 0; index < values.length; index += size) chunks.push(values.slice(index, index + size));
  return chunks;
}
