import { createHash } from 'node:crypto';
import pg from 'pg';

/** What a suite that runs in the mode of a cluster sets for its tests: see `testkit/cluster-for-suite.ts`. */
export type ClusterMode = { readonly SUITE_POSTGRES: string; readonly SUITE_NATS: string };

const alreadyThere = '42P04';
const made = new Set<string>();

/**
 * The settings by which a server or a command of a test keeps what is in that folder: none where the suite runs embedded; in the suite `cluster`
 * those of a database that stands for the folder, and of the bus of a cluster. So the same test runs in both modes.
 */
export async function modeSettings(dataFolder: string): Promise<Readonly<Record<string, string>>> {
  const { SUITE_POSTGRES: postgresUrl, SUITE_NATS: natsUrl } = process.env as Partial<ClusterMode>;
  if (process.env.SUITE_MODE !== 'cluster') return {};
  if (!postgresUrl || !natsUrl)
    throw new Error('the suite says that its servers are those of a cluster, and has no PostgreSQL and NATS for them');
  const name = `folder_${createHash('sha256').update(dataFolder).digest('hex').slice(0, 20)}`;
  if (!made.has(name)) {
    await makeDatabase(postgresUrl, name);
    made.add(name);
  }
  const database = new URL(postgresUrl);
  database.pathname = `/${name}`;
  return {
    PARLOUR_STORE: 'postgres',
    PARLOUR_POSTGRES_URL: database.href,
    PARLOUR_BUS: 'nats',
    PARLOUR_NATS_URL: natsUrl,
    PARLOUR_NATS_PREFIX: name,
  };
}

/** Another process may have made it, for the same folder. */
async function makeDatabase(postgresUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } catch (error) {
    if ((error as { code?: string }).code !== alreadyThere) throw error;
  } finally {
    await client.end();
  }
}
