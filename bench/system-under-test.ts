import { statSync } from 'node:fs';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { NatsServer } from '../testkit/nats-server.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';
import { bindToCore, familyCpuSeconds } from '../testkit/process-family.ts';
import { TemporaryFolder } from '../tests/parlour-process.ts';
import { type SeededPerson, type Seeder, type SeedOptions, seedFolder } from './seeded-folder.ts';
import { ServerUnderTest } from './server-under-test.ts';

const database = 'bench';

/** One server on a folder of its own, or so many on one PostgreSQL, which hear of each other by a NATS where they are several. */
export type Mode = 'embedded' | { readonly nodes: number };

/** User and system time so far, in seconds, of all that serves. */
export type CpuSeconds = { readonly servers: number; readonly database: number; readonly bus: number };

type Parts = {
  readonly people: readonly SeededPerson[];
  readonly servers: readonly ServerUnderTest[];
  readonly postgres: PostgresServer | null;
  readonly nats: NatsServer | null;
  readonly seededBytes: number;
  readonly all: AsyncDisposable;
};

/** All that serves: the servers, and the engines that they need, on the first core together; the generator has the second. */
export class SystemUnderTest implements AsyncDisposable {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async start(
    mode: Mode,
    peopleCount: number,
    seed: (seeder: Seeder) => Promise<void>,
    options: Pick<SeedOptions, 'password'> = {},
  ): Promise<SystemUnderTest> {
    await using all = new AsyncDisposableStack();
    const nodeCount = mode === 'embedded' ? 1 : mode.nodes;
    const postgres = mode === 'embedded' ? null : all.use(await PostgresServer.start({ durable: true }));
    const nats = nodeCount > 1 ? all.use(await NatsServer.start()) : null;
    const postgresUrl = await postgres?.makeDatabase(database);
    const folder = all.use(await seedFolder(peopleCount, seed, { ...options, postgresUrl }));
    // What was written is in its place, and what a database does by itself with many new rows is done, before anything is measured.
    for (const step of ['vacuum analyze', 'checkpoint']) await postgres?.ask(step, database);
    const seededBytes = postgres === null ? statSync(dataFolderPaths.database(folder.path)).size : await sizeOf(postgres);
    for (const engine of [postgres, nats]) if (engine) bindToCore(engine.pid, 0);
    const settings = {
      ...(postgresUrl === undefined ? {} : { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgresUrl }),
      ...(nats === null ? {} : { PARLOUR_BUS: 'nats', PARLOUR_NATS_URL: nats.url }),
    };
    const servers: ServerUnderTest[] = [];
    for (let index = 0; index < nodeCount; index++) {
      // The first brings the key of the people's tokens; the others take it from the database.
      const { path } = index === 0 ? folder : all.use(await TemporaryFolder.make());
      servers.push(all.use(await ServerUnderTest.start(path, settings)));
    }
    return new SystemUnderTest({ people: folder.people, servers, postgres, nats, seededBytes, all: all.move() });
  }

  get people(): readonly SeededPerson[] {
    return this.#parts.people;
  }

  /** What the people and their conversations came to on disk, indexes and all, before any server started. */
  get seededBytes(): number {
    return this.#parts.seededBytes;
  }

  get ports(): readonly number[] {
    return this.#parts.servers.map(({ port }) => port);
  }

  /** Where the client of that number goes: to the servers in turn. */
  portOf(client: number): number {
    return this.ports[client % this.ports.length] as number;
  }

  cpu(): CpuSeconds {
    const { servers, postgres, nats } = this.#parts;
    return {
      servers: servers.reduce((sum, { pid }) => sum + familyCpuSeconds(pid), 0),
      database: postgres === null ? 0 : familyCpuSeconds(postgres.pid),
      bus: nats === null ? 0 : familyCpuSeconds(nats.pid),
    };
  }

  /** Of all together. */
  cpuSeconds(): number {
    const { servers, database, bus } = this.cpu();
    return servers + database + bus;
  }

  /** What the servers have counted, each for itself. */
  metrics(name: `parlour_${string}`): Promise<number[]> {
    return Promise.all(this.#parts.servers.map((server) => server.metric(name)));
  }

  /** Of the servers together. */
  memoryBytes(): number {
    return this.#parts.servers.reduce((sum, server) => sum + server.memoryBytes(), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.all[Symbol.asyncDispose]();
  }
}

async function sizeOf(postgres: PostgresServer): Promise<number> {
  const row = await postgres.ask<{ bytes: string }>(`select pg_database_size('${database}') as bytes`);
  return Number(row?.bytes);
}
