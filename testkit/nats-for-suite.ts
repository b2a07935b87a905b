import type { TestProject } from 'vitest/node';
import { NatsServer } from './nats-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one NATS of the suite; each test has a prefix of its own in it. */
    readonly natsUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await NatsServer.start();
  project.provide('natsUrl', server.url);
  return () => server[Symbol.asyncDispose]();
}
