import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './root.ts';

const bin = join(root, 'node_modules/.bin');

export type StepOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** What it says is shown when it has ended, whole: so that two side by side can be read. */
  readonly isHeld?: boolean;
};

/** Runs one command of the project with its output on this terminal, and answers its exit code. */
export function runStep(command: string, args: readonly string[], { env = {}, isHeld = false }: StepOptions = {}): Promise<number> {
  const output = isHeld ? 'pipe' : 'inherit';
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => held.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.stdout.write(Buffer.concat(held));
      resolve(code ?? 1);
    });
  });
}

/** `failures`: what is to be said of each that failed, as far as it can be said. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number; readonly failures?: readonly string[] };

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Counts = { passed: 1, failed: 0, skipped: 0 };
export const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 };

export function sum(...all: readonly Counts[]): Counts {
  return all.reduce(
    (total, counts) => ({
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
      failures: [...(total.failures ?? []), ...(counts.failures ?? [])],
    }),
    nothing,
  );
}

/** The end of a run: what failed, so that nobody need look for it in what was said before; and in the last line how it went, for others to read. */
export function presentCounts({ passed, failed, skipped, failures = [] }: Counts): string {
  const named = failures.map((failure) => `failed: ${failure}\n`).join('');
  return `${named}${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
