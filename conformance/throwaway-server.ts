import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { Evidence, Operator } from './operator.ts';

const main = join(import.meta.dirname, '../apps/server/src/main.ts');

/** A folder with a server of this checkout on it, both gone afterwards. Whoever started it is its operator too. */
export class ThrowawayServer implements AsyncDisposable, Operator {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, ended: Promise<unknown>, folder: string) {
    this.url = url;
    this.#child = child;
    this.#ended = ended;
    this.#folder = folder;
  }

  /** @param prepare fills the folder before the server starts */
  static async start(
    settings: Readonly<Record<`PARLOUR_${string}`, string>> = {},
    prepare: (folder: string) => Promise<void> = async () => {},
  ): Promise<ThrowawayServer> {
    const folder = await mkdtemp(join(tmpdir(), 'parlour-conformance-'));
    try {
      await prepare(folder);
      const env = { ...process.env, PARLOUR_DATA: folder, PARLOUR_PORT: '0', PARLOUR_LOG_LEVEL: 'error', ...settings };
      const child = spawn(process.execPath, [main, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = once(child, 'exit');
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      for await (const line of createInterface(child.stdout)) {
        const url = /listening on (https?:\/\/\S+)/.exec(line)?.[1];
        if (url === undefined) continue;
        child.stdout.resume();
        return new ThrowawayServer(url, child, ended, folder);
      }
      throw new Error(`the server ended before it listened:\n${said}`);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the server has no process');
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async refuseWrites(): Promise<void> {
    this.#limitFileSize('4096');
  }

  async takeWrites(): Promise<void> {
    this.#limitFileSize('unlimited');
  }

  async endLogin(login: string): Promise<void> {
    using database = this.#open({ readOnly: false });
    database.prepare('update login set ended_at = ? where public_id = ?').run(Date.now(), login);
  }

  async evidence(conversation: string): Promise<readonly Evidence[]> {
    using database = this.#open({ readOnly: true });
    const rows = database
      .prepare(
        'select seq, salt, digest, body from entry where conv = (select id from conversation where public_id = ?) and salt is not null order by seq',
      )
      .all(conversation) as { seq: number; salt: Uint8Array; digest: Uint8Array; body: string }[];
    return rows.map(({ seq, salt, digest, body }) => ({ seq, salt: textOf(salt), digest: textOf(digest), body }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Beyond this size no file grows, as on a disk that is full. */
  #limitFileSize(limit: string): void {
    execFileSync('prlimit', ['--pid', String(this.pid), `--fsize=${limit}:unlimited`]);
  }

  #open(options: { readonly readOnly: boolean }): DatabaseSync {
    return new DatabaseSync(join(this.#folder, 'parlour.db'), { ...options, timeout: 10_000 });
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Runs a command of this checkout on the folder. @param input what it reads */
export async function runOnFolder(folder: string, args: readonly string[], input = ''): Promise<void> {
  const env = { ...process.env, PARLOUR_DATA: folder };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(input);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`parlour ${args.join(' ')} ended with ${code}:\n${said}`);
}
