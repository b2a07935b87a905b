import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..');

/** The real server as a process of its own, on the first core; the generator has the second. */
export class ServerUnderTest implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly port: number;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(folder: string, settings: Readonly<Record<string, string>> = {}): Promise<ServerUnderTest> {
    // As `npm start` starts it.
    const args = ['-c', '0', process.execPath, '--min-semi-space-size=16', join(root, 'apps/server/src/main.ts'), 'start'];
    const child = spawn('taskset', args, {
      env: { ...process.env, PARLOUR_DATA: folder, PARLOUR_PORT: '0', PARLOUR_LOG_LEVEL: 'warn', ...unlimited, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /listening on https?:\/\/[^\s:]+:(\d+)/.exec(line);
      if (found) {
        child.stdout.resume();
        return new ServerUnderTest(child, Number(found[1]));
      }
    }
    throw new Error('the server ended before it listened');
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the server has no process');
    return this.#process.pid;
  }

  /** One of the server's own counts. */
  async metric(name: `parlour_${string}`): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const found = text.split('\n').find((line) => line.startsWith(`${name} `));
    if (!found) throw new Error(`the server has no metric ${name}`);
    return Number(found.slice(name.length + 1));
  }

  memoryBytes(): number {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(found?.[1]) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** Limits are counted as always, and set where no workload meets them. */
const unlimited = {
  PARLOUR_RATE_SENDS_PER_SECOND: '1000000',
  PARLOUR_RATE_SENDS_BURST: '1000000',
  PARLOUR_SOCKETS_PER_ADDRESS_MAX: '100000',
  PARLOUR_SOCKETS_PER_PERSON_MAX: '10000',
  // So that offered logins can come from many addresses.
  PARLOUR_TRUST_PROXY: 'true',
};
