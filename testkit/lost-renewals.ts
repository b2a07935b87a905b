import pg from 'pg';

/**
 * A login whose last refresh token went with the tail of a PostgreSQL ends when it is next renewed, and its person logs in again. No device here can
 * do that by itself, so the tokens are brought over.
 * @returns how many there were
 */
export async function bringRenewals({ formerUrl, url }: { readonly formerUrl: string; readonly url: string }): Promise<number> {
  const tokens = await queryAt<{ all: string }>(formerUrl, `select coalesce(json_agg(t), '[]')::text as all from refresh_token t`);
  const brought = await queryAt(
    url,
    `insert into refresh_token select t.* from json_populate_recordset(null::refresh_token, $1) t join login l on l.id = t.login
      on conflict do nothing returning hash`,
    [tokens[0]?.all ?? '[]'],
  );
  return brought.length;
}

async function queryAt<Row extends pg.QueryResultRow>(
  connectionString: string,
  text: string,
  values: readonly string[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
