import { randomUUID } from 'node:crypto';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { freePort } from './free-port.ts';

export type ClusterEngines = { readonly postgresUrl: string; readonly natsUrl: string };

/** Server processes that share a PostgreSQL and a NATS, each with a folder of its own. */
export class ClusterNodes implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  /** By port: one that comes back has the folder it had. */
  readonly #folders = new Map<number, TemporaryFolder>();
  readonly #servers = new Set<ParlourProcess>();

  constructor({ postgresUrl, natsUrl }: ClusterEngines, env: Readonly<Record<string, string>> = {}) {
    this.#env = {
      PARLOUR_STORE: 'postgres',
      PARLOUR_POSTGRES_URL: postgresUrl,
      PARLOUR_BUS: 'nats',
      PARLOUR_NATS_URL: natsUrl,
      PARLOUR_NATS_PREFIX: `test-${randomUUID()}`,
      PARLOUR_LOG_LEVEL: 'fatal',
      ...env,
    };
  }

  /** One more. @param more settings of its own @param main the program of another version */
  async start(more: Readonly<Record<string, string>> = {}, port = 0, main?: string): Promise<ParlourProcess> {
    const folder = this.#folders.get(port) ?? (await TemporaryFolder.make());
    if (port !== 0) this.#folders.set(port, folder);
    const server = await ParlourProcess.start({ dataFolder: folder.path, port, env: { ...this.#env, ...more }, ...(main ? { main } : {}) });
    this.#folders.set(server.port, folder);
    this.#servers.add(server);
    return server;
  }

  /** One that says where it is, so that clients are sent there by themselves. */
  async startNamed(more: Readonly<Record<string, string>> = {}): Promise<ParlourProcess> {
    const port = await freePort();
    return this.start({ PARLOUR_NODE_URL: `http://127.0.0.1:${port}`, ...more }, port);
  }

  /** All at once. */
  startMany(count: number): Promise<ParlourProcess[]> {
    return Promise.all(Array.from({ length: count }, () => this.start()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.stop()));
    for (const folder of this.#folders.values()) await folder[Symbol.asyncDispose]();
  }
}
