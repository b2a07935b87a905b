import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One call of the system: the places of its begin and end in the trace, its arguments as strace writes them, and what it returned. */
export type Syscall = {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly text: string;
  readonly result: string;
};

export type Watch = {
  /** Names of calls, with commas between. */
  readonly calls: string;
  /** Only those on this file. */
  readonly file?: string;
  /** What each of them fails with, instead of being done. */
  readonly error?: 'EIO' | 'EROFS' | 'ENOSPC';
  /** Every text and path is written byte by byte, as `\x2f`. */
  readonly asHex?: true;
};

/**
 * Why calls of the system cannot be watched here; null where they can. Where everything is meant to run (CI=true) strace is installed if
 * need be.
 */
export function whyNoSyscalls(): string | null {
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== 'linux') return 'strace is for Linux';
  if (!hasStrace() && process.env.CI === 'true' && isRoot && existsSync('/etc/debian_version')) {
    execFileSync('apt-get', ['update', '-qq']);
    execFileSync('apt-get', ['install', '-y', '-qq', 'strace']);
  }
  if (!hasStrace()) return 'strace is not installed';
  try {
    // As the tests do: onto a process that is no child of strace.
    execFileSync('sh', ['-c', 'sleep 1 & exec strace -qq -o /dev/null -p $!'], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `strace cannot attach to a process here: ${error instanceof Error ? error.message.trim() : error}`;
  }
}

function hasStrace(): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'strace')));
}

/** strace on a running process, until it is disposed of. */
export class Syscalls implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;

  private constructor(child: ChildProcess, ended: Promise<unknown>, folder: string) {
    this.#child = child;
    this.#ended = ended;
    this.#folder = folder;
  }

  static async attach(pid: number, { calls, file, error, asHex }: Watch): Promise<Syscalls> {
    const folder = await mkdtemp(join(tmpdir(), 'parlour-trace-'));
    const inject = error ? ['-e', `inject=${calls}:error=${error}`] : [];
    const only = file ? ['-P', file] : [];
    const hex = asHex ? ['-xx'] : [];
    const args = [
      '-f',
      '-y',
      ...hex,
      '-s',
      '70000',
      '-o',
      join(folder, 'trace'),
      '-e',
      `trace=${calls}`,
      ...inject,
      ...only,
      '-p',
      String(pid),
    ];
    const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(child, 'exit');
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(`Process ${pid} attached`)) resolve();
      });
      void ended.then(() => reject(new Error(`strace ended: ${said}`)));
    });
    return new Syscalls(child, ended, folder);
  }

  /** Lets go of the process. @returns all that it did, in the order in which it was done */
  async detach(): Promise<readonly Syscall[]> {
    this.#child.kill('SIGINT');
    await this.#ended;
    return readTrace(readFileSync(join(this.#folder, 'trace'), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGINT');
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const whole = /^(\d+) +(\w+)\((.*)\) += (.+)$/;
const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const resumed = /^(\d+) +<\.\.\. \w+ resumed>(.*)\) += (.+)$/;

/** A call that another thread interrupts is written in two lines. */
function readTrace(trace: string): Syscall[] {
  const calls: Syscall[] = [];
  const open = new Map<string, { name: string; begin: number; text: string }>();
  for (const [line, text] of trace.split('\n').entries()) {
    const [, thread = '', name = '', args = '', result = ''] = whole.exec(text) ?? [];
    if (thread) {
      calls.push({ name, begin: line, end: line, text: args, result });
      continue;
    }
    const [, beginner = '', begunName = '', beginning = ''] = begun.exec(text) ?? [];
    if (beginner) open.set(beginner, { name: begunName, begin: line, text: beginning });
    const [, ender = '', rest = '', outcome = ''] = resumed.exec(text) ?? [];
    const half = open.get(ender);
    if (!half) continue;
    open.delete(ender);
    calls.push({ ...half, end: line, text: half.text + rest, result: outcome });
  }
  return calls;
}
