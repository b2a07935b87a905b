import { expect, test } from 'vitest';
import { waitUntil } from '../testkit/condition.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const patienceMs = 60_000;

test('a server whose PostgreSQL is gone is healthy and not ready, and ready again by itself once it is back', async () => {
  await using postgres = await PostgresServer.start({ durable: false });
  await using folder = await TemporaryFolder.make();
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgres.url(), PARLOUR_LOG_LEVEL: 'fatal' };
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  const untilReady = (status: number) =>
    waitUntil(async () => {
      const found = await statusOf('/readyz');
      return found === status ? null : `/readyz answers ${found}`;
    }, patienceMs);
  await untilReady(200);
  await postgres.kill();
  await untilReady(503);
  expect(await statusOf('/healthz')).toBe(200);
  const asked = await runParlour(['health', '--ready'], { dataFolder: folder.path, env: { ...env, PARLOUR_PORT: String(server.port) } });
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('the server is not ready: cannot store it now') });
  await postgres.start();
  await untilReady(200);
});
