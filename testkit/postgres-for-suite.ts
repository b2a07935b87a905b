import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one PostgreSQL of the suite; each test makes a database of its own in it. */
    readonly postgresUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await PostgresServer.start({ durable: false });
  project.provide('postgresUrl', server.url());
  return () => server[Symbol.asyncDispose]();
}
