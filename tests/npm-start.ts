import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** `npm start` in a clone, as somebody at a terminal runs it, on a free port. */
export class NpmStart implements AsyncDisposable {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  /** @param dataFolder the one it takes by itself where this is left out */
  static async run({ clone, dataFolder }: { readonly clone: string; readonly dataFolder?: string }): Promise<NpmStart> {
    const { PARLOUR_DATA: _, ...env } = process.env;
    // A group of its own: a terminal, too, tells all of it to end.
    const child = spawn('npm', ['start'], {
      cwd: clone,
      env: { ...env, PARLOUR_PORT: '0', ...(dataFolder === undefined ? {} : { PARLOUR_DATA: dataFolder }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const closed = once(child, 'close');
    const stop = async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await closed;
    };
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for await (const line of createInterface(child.stdout)) {
      said += `${line}\n`;
      const url = /^Parlour is listening on (http:\S+)$/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stdout.resume();
      return new NpmStart(url, stop);
    }
    await stop();
    throw new Error(`npm start ended before it listened:\n${said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
