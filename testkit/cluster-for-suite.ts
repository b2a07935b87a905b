import type { ClusterMode } from '../tests/mode.ts';
import { NatsServer } from './nats-server.ts';
import { PostgresServer } from './postgres-server.ts';

/** One PostgreSQL and one NATS for all servers of a suite, which find them in the environment that its tests inherit. */
export async function setup(): Promise<() => Promise<void>> {
  const postgres = await PostgresServer.start({ durable: false });
  const nats = await NatsServer.start();
  const mode: ClusterMode = { SUITE_POSTGRES: postgres.url(), SUITE_NATS: nats.url };
  Object.assign(process.env, mode);
  return async () => {
    await nats[Symbol.asyncDispose]();
    await postgres[Symbol.asyncDispose]();
  };
}
