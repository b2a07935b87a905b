import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
/** What is its own of a server, and of a copy: the process, its sockets and streams, and the log that the copy is brought from. */
const emptyFolders = ['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_stat_tmp'] as const;
const notCopied = new RegExp(
  `^(${emptyFolders.join('|')}|postmaster\\..*|\\.s\\..*|standby\\.signal|postgresql\\.auto\\.conf|backup_label.*)$`,
);

/** Said to each question of whether it has started: of these there would be no room for why it has not. */
const refusedConnection = /^.*(FATAL: {2}the database system is |DETAIL: {2}Consistent recovery state has not been yet reached).*\n/gm;

export type PostgresServerOptions = {
  /** As in production, or quick: what is committed then survives a killed server, but not a lost machine. */
  readonly durable: boolean;
  /** The folder its data is put into, where that is not among the system's temporary ones. */
  readonly disk?: string;
  /** Of PostgreSQL, by name. */
  readonly settings?: Readonly<Record<string, string>>;
};

type Parts = {
  readonly port: number;
  /** Its own, gone with it. */
  readonly folder: string;
  readonly data: string;
  readonly bin: string;
  readonly options: PostgresServerOptions;
};

/** A PostgreSQL of its own on a free port, gone at the end; it can be killed, and started again on what it had written. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #data: string;
  readonly #bin: string;
  readonly #options: PostgresServerOptions;
  #child: ChildProcess | null = null;
  #said = '';

  private constructor({ port, folder, data, bin, options }: Parts) {
    this.port = port;
    this.#folder = folder;
    this.#data = data;
    this.#bin = bin;
    this.#options = options;
  }

  static async start(options: PostgresServerOptions): Promise<PostgresServer> {
    const found = postgresBinaries();
    if (found === undefined) throw new Error('there is no PostgreSQL here; name the folder of its programs in PARLOUR_POSTGRES_BIN');
    const folder = mkdtempSync(join(tmpdir(), 'parlour-postgres-'));
    try {
      const bin = reachable(found, folder);
      const data = makeDataFolder(folder, options);
      const setUp = ['-D', data, '-U', user, '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
      execFileSync(join(bin, 'initdb'), setUp, { cwd: folder, stdio: 'pipe', ...unprivileged() });
      const server = new PostgresServer({ port: await freePort(), folder, data, bin, options });
      await server.start();
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Another on a copy of this one's data, which follows it from then on, and takes no writes until it is promoted. It runs this one's programs, so it
   * goes first. What is written meanwhile must still be there in this one's write-ahead log.
   * @param port where it reaches this one
   */
  async makeReplica(port: number, options: PostgresServerOptions): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'parlour-postgres-'));
    try {
      const data = makeDataFolder(folder, options);
      await this.#copyData(data);
      const from = `host=127.0.0.1 port=${port} user=${user}`;
      writeOwned(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`);
      writeOwned(join(data, 'standby.signal'), '');
      const replica = new PostgresServer({ port: await freePort(), folder, data, bin: this.#bin, options });
      await replica.start();
      return replica;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** One answer to one question, over a connection of its own. */
  async ask<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row | undefined> {
    return this.#connected(async (client) => (await client.query<Row>(text)).rows[0], database);
  }

  url(database = 'postgres'): string {
    return `postgresql://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** @returns once it takes connections; one that was killed first brings back what was committed */
  async start(): Promise<void> {
    await waitUntil(async () => {
      this.startAgain();
      return (await this.#answers()) ? null : `PostgreSQL does not take connections:\n${this.#said.slice(-2_000)}`;
    }, startMs);
  }

  /** Where its process ended, as a service manager does; nobody waits until it takes connections. */
  startAgain(): void {
    if (this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null) this.#spawn();
  }

  /** @returns its address */
  async makeDatabase(name: string): Promise<string> {
    await this.#connected((client) => client.query(`create database ${name}`));
    return this.url(name);
  }

  /** Of the process that started all its others. */
  get pid(): number {
    return this.#running.pid;
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
    this.removeData();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Of one that was killed, and is not to come back. */
  removeData(): void {
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 5 });
  }

  get #running(): { readonly pid: number } {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('PostgreSQL does not run');
    return { pid };
  }

  /** As its documentation says to make a base backup without a program for it: npm's package has none. */
  async #copyData(to: string): Promise<void> {
    await this.#connected(async (client) => {
      await client.query(`select pg_backup_start('replica', fast => true)`);
      const names = readdirSync(this.#data).filter((name) => !notCopied.test(name));
      await copyAll(
        names.map((name) => join(this.#data, name)),
        to,
      );
      for (const name of emptyFolders) makeOwned(join(to, name));
      const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(wait_for_archive => false)');
      writeOwned(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
    });
  }

  async #connected<Result>(work: (client: pg.Client) => Promise<Result>, database?: string): Promise<Result> {
    const client = new pg.Client({ connectionString: this.url(database), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  #spawn(): void {
    const data = this.#data;
    const quick = this.#options.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
    const settings = Object.entries({ shared_buffers: '32MB', ...quick, ...this.#options.settings });
    const args = ['-D', data, '-p', String(this.port), '-h', '127.0.0.1', '-k', data];
    args.push(...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]));
    const child = spawn(join(this.#bin, 'postgres'), args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'], ...unprivileged() });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).replaceAll(refusedConnection, '').slice(-8_000);
    });
    this.#child = child;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.ask('select 1')) !== undefined;
    } catch {
      return false;
    }
  }
}

/** PostgreSQL does not run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const ask = (option: string): number => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

function makeDataFolder(folder: string, { disk = folder }: PostgresServerOptions): string {
  const data = join(disk, 'data');
  if (unprivileged()) for (const each of [folder, disk]) chmodSync(each, 0o755);
  makeOwned(data);
  return data;
}

function makeOwned(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  const owner = unprivileged();
  if (owner) chownSync(folder, owner.uid, owner.gid);
}

function writeOwned(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  const owner = unprivileged();
  if (owner) chownSync(file, owner.uid, owner.gid);
}

/** Files may go while they are copied; the write-ahead log says what becomes of them. */
async function copyAll(from: readonly string[], to: string): Promise<void> {
  try {
    await promisify(execFile)('cp', ['-a', ...from, to]);
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    const isGone = /^cp: cannot \w+ .*: No such file or directory$/;
    if (
      stderr === '' ||
      !stderr
        .trim()
        .split('\n')
        .every((line) => isGone.test(line))
    )
      throw error;
  }
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
