import type { PostgresDatabase } from './postgres-database.ts';

/**
 * A secret that all servers on the database have in common. The first of them brings its own.
 * @throws StorageFailure
 */
export async function sharedSecret(database: PostgresDatabase, name: string, own: Buffer): Promise<Buffer> {
  const { rows } = await database.write<{ value: string }>({ text: sharedText, values: [name, own.toString('base64url')] });
  const [row] = rows;
  if (!row) throw new TypeError('a secret was written, and is not there');
  return Buffer.from(row.value, 'base64url');
}

/** Writes nothing new where there is one, and answers with what is there. */
const sharedText = `insert into secret (name, value) values ($1, $2)
  on conflict (name) do update set value = secret.value returning value`;
