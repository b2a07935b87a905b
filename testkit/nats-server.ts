import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from './condition.ts';
import { freePort } from './free-port.ts';
import { buildNats, natsProgram } from './nats-program.ts';

const startMs = 60_000;

/** A NATS of its own on a free port, with JetStream, gone at the end; it can be killed, stopped like a frozen machine, and started again. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #monitorPort: number;
  readonly #folder: string;
  readonly #program: string;
  readonly #options: readonly string[];
  #child: ChildProcess | null = null;
  #said = '';

  private constructor(of: { port: number; monitorPort: number; folder: string; program: string; options: readonly string[] }) {
    this.port = of.port;
    this.#monitorPort = of.monitorPort;
    this.#folder = of.folder;
    this.#program = of.program;
    this.#options = of.options;
  }

  static async start(options: readonly string[] = []): Promise<NatsServer> {
    const program = natsProgram() ?? (await buildNats());
    const folder = mkdtempSync(join(tmpdir(), 'parlour-nats-'));
    const server = new NatsServer({ port: await freePort(), monitorPort: await freePort(), folder, program, options });
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    const { pid } = this.#child ?? {};
    if (pid === undefined) throw new Error('NATS does not run');
    return pid;
  }

  /** @returns once it takes connections */
  async start(): Promise<void> {
    await waitUntil(async () => {
      if (this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null) this.#spawn();
      return (await this.#isHealthy()) ? null : `NATS does not take connections:\n${this.#said.slice(-2_000)}`;
    }, startMs);
  }

  /** As by a power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As a machine that hangs: connections stay, and nothing is answered. */
  async pause(): Promise<void> {
    const { pid } = this;
    process.kill(pid, 'SIGSTOP');
    // The last of its threads may still answer.
    await waitUntil(async () => {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]);
      return stdout.startsWith('T') ? null : `NATS is ${stdout}`;
    }, startMs);
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  #spawn(): void {
    const where = ['-a', '127.0.0.1', '-p', String(this.port), '-m', String(this.#monitorPort)];
    const args = [...where, '-js', '-sd', this.#folder, ...this.#options];
    const child = spawn(this.#program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-8_000);
    });
    this.#child = child;
  }

  async #isHealthy(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.#monitorPort}/healthz?js-server-only=true`)).ok;
    } catch {
      return false;
    }
  }
}
