import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { waitUntil } from './condition.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries } from './postgres-binaries.ts';

const startMs = 120_000;
const endMs = 60_000;
const user = 'parlour';
const ticksPerSecond = 100;

export type PostgresServerOptions = {
  /** As in production, or quick: what is committed then survives a killed server, but not a lost machine. */
  readonly durable: boolean;
};

/** A PostgreSQL of its own on a free port, gone at the end; it can be killed, and started again on what it had written. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #bin: string;
  readonly #options: PostgresServerOptions;
  #child: ChildProcess | null = null;
  #said = '';

  private constructor({ port, folder, bin, options }: { port: number; folder: string; bin: string; options: PostgresServerOptions }) {
    this.port = port;
    this.#folder = folder;
    this.#bin = bin;
    this.#options = options;
  }

  static async start(options: PostgresServerOptions): Promise<PostgresServer> {
    const found = postgresBinaries();
    if (found === undefined) throw new Error('there is no PostgreSQL here; name the folder of its programs in PARLOUR_POSTGRES_BIN');
    const folder = mkdtempSync(join(tmpdir(), 'parlour-postgres-'));
    try {
      const bin = reachable(found, folder);
      const data = join(folder, 'data');
      mkdirSync(data, { mode: 0o700 });
      const owner = unprivileged();
      if (owner) {
        chmodSync(folder, 0o755);
        chownSync(data, owner.uid, owner.gid);
      }
      const setUp = ['-D', data, '-U', user, '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
      execFileSync(join(bin, 'initdb'), setUp, { cwd: folder, stdio: 'pipe', ...owner });
      const server = new PostgresServer({ port: await freePort(), folder, bin, options });
      await server.start();
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  url(database = 'postgres'): string {
    return `postgresql://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** @returns once it takes connections; one that was killed first brings back what was committed */
  async start(): Promise<void> {
    await waitUntil(async () => {
      if (this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null) this.#spawn();
      return (await this.#answers()) ? null : `PostgreSQL does not take connections:\n${this.#said.slice(-2_000)}`;
    }, startMs);
  }

  /** @returns its address */
  async makeDatabase(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.url() });
    await client.connect();
    try {
      await client.query(`create database ${name}`);
      return this.url(name);
    } finally {
      await client.end();
    }
  }

  /** User and system time of all its processes so far; on Linux. */
  cpuSeconds(): number {
    const { pid } = this.#running;
    const [own = 0, reaped = 0] = ticksOf(pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + (ticksOf(child)[0] ?? 0), own + reaped) / ticksPerSecond;
  }

  /** As by a power cut: none of its processes finishes anything. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const all = [child.pid, ...(await childrenOf(child.pid))];
    for (const pid of all) signal(pid, 'SIGKILL');
    await waitUntil(() => (all.some(isRunning) ? 'some of PostgreSQL still runs' : null), endMs);
    this.#child = null;
  }

  /** As a machine that hangs: connections stay, and nothing is answered. The first of its processes goes first, so that no new one begins. */
  async pause(): Promise<void> {
    const { pid } = this.#running;
    signal(pid, 'SIGSTOP');
    for (const child of await childrenOf(pid)) signal(child, 'SIGSTOP');
  }

  async resume(): Promise<void> {
    const { pid } = this.#running;
    for (const child of await childrenOf(pid)) signal(child, 'SIGCONT');
    signal(pid, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      // It ends the connections that are left, and leaves.
      child.kill('SIGINT');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #running(): { readonly pid: number } {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('PostgreSQL does not run');
    return { pid };
  }

  #spawn(): void {
    const data = join(this.#folder, 'data');
    const quick = this.#options.durable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off'];
    const args = ['-D', data, '-p', String(this.port), '-h', '127.0.0.1', '-k', data, '-c', 'shared_buffers=32MB', ...quick];
    const child = spawn(join(this.#bin, 'postgres'), args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'], ...unprivileged() });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-8_000);
    });
    this.#child = child;
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Its own time, and that of its children who have ended. */
function ticksOf(pid: number | string): readonly number[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return [Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14])];
  } catch {
    return [];
  }
}

/** PostgreSQL does not run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const ask = (option: string): number => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

/** Whom root runs PostgreSQL as may not look into root's folders, so the programs are copied to where they can be read. */
function reachable(bin: string, folder: string): string {
  if (!unprivileged() || bin.startsWith('/usr/')) return bin;
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native/bin');
}

/** Asked without holding up this process, so that what it has under way meets the end in any state. */
async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself just now.
  }
}

/** A process that has ended and whose parent has not looked yet runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
