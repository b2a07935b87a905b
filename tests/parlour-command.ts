import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { modeSettings } from './mode.ts';

const main = join(import.meta.dirname, '../apps/server/src/main.ts');

export type CommandEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type CommandOptions = {
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input. */
  readonly input?: string | Buffer;
  /** Standard input does not end with `input`: more may come, as from a pipe. */
  readonly isInputOpen?: true;
  /** Called with all that was said so far, and the process, which it may end. */
  readonly onStdout?: (said: string, child: Pick<ChildProcess, 'kill'>) => void;
  readonly onStderr?: (said: string, child: Pick<ChildProcess, 'kill'>) => void;
};

/** The real command, as a process of its own, until it ends. */
export async function runParlour(
  args: readonly string[],
  { dataFolder, env = {}, input = '', isInputOpen, onStdout, onStderr }: CommandOptions,
): Promise<CommandEnd> {
  const settings = { PARLOUR_DATA: dataFolder, ...(await modeSettings(dataFolder)), ...env };
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...settings } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    onStdout?.(stdout, child);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    onStderr?.(stderr, child);
  });
  // A command that ends before it has read everything is no failure of this side.
  child.stdin.on('error', () => {});
  if (isInputOpen) child.stdin.write(input);
  else child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
