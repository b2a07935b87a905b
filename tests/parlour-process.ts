import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modeSettings } from './mode.ts';

const ownMain = join(import.meta.dirname, '../apps/server/src/main.ts');
const startMs = 120_000;
const addressPattern = /https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/;

/** A folder for a test, gone after it. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'parlour-test-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Start = {
  readonly dataFolder: string;
  /** A free one where it is 0; a server that comes back takes the one it had. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The program of another version. */
  readonly main?: string;
};

/** The real server, as a process of its own: what can be stopped, and killed. */
export class ParlourProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  private constructor(url: string, child: ChildProcess, ended: Promise<number | null>) {
    this.url = url;
    this.#child = child;
    this.#ended = ended;
  }

  /**
   * Resolves once it has said where it listens; rejects with what it said where it ended before that. A port that it had before may for a
   * moment be the near end of somebody's connection: then it is tried again.
   */
  static async start(start: Start): Promise<ParlourProcess> {
    const endMs = performance.now() + startMs;
    for (;;) {
      try {
        return await ParlourProcess.#startOnce(start);
      } catch (error) {
        if (!start.port || !String(error).includes('another program has the port') || performance.now() > endMs) throw error;
      }
    }
  }

  /** One that begins; nobody waits until it listens. */
  static spawn({ dataFolder, port = 0, env = {}, main = ownMain }: Start) {
    const child = spawn(process.execPath, [main, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, PARLOUR_PORT: String(port), PARLOUR_DATA: dataFolder },
    });
    return { child, ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
  }

  static async #startOnce(start: Start): Promise<ParlourProcess> {
    const env = { ...(await modeSettings(start.dataFolder)), ...start.env };
    const { child, ended } = ParlourProcess.spawn({ ...start, env });
    let said = '';
    const url = new Promise<string>((resolve) => {
      const listen = (chunk: Buffer) => {
        said += chunk.toString();
        const address = addressPattern.exec(said)?.[0];
        if (address !== undefined) resolve(address);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
    });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`the server did not say where it listens within ${startMs} ms:\n${said}`)),
      startMs,
    );
    const early = ended.then((code) => Promise.reject(new Error(`the server ended with ${code} before it listened:\n${said}`)));
    try {
      return new ParlourProcess(await Promise.race([url, early, late.promise]), child, ended);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(timer);
      early.catch(() => {});
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the server has no process');
    return this.#child.pid;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Its exit code, once it has ended; null where a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  signal(signal: 'SIGTERM' | 'SIGUSR2' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  /** As by a power cut: nothing is finished, nothing is told. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
