import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export type LeftBehind = { readonly pid: number; readonly command: string };

/** Whatever a suite starts inherits this variable, so that it is known again. */
export const suiteMark = 'TEST_SUITE_MARK';
const lookEveryMs = 50;

/** Processes that carry this mark, whoever started them; none where the system does not tell (it is Linux that does). */
export function markedProcesses(mark: string): LeftBehind[] {
  return numbersIn('/proc').flatMap((pid) => {
    if (pid === process.pid || !read(`/proc/${pid}/environ`).split('\0').includes(`${suiteMark}=${mark}`)) return [];
    return [{ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

/**
 * Ends what still runs, so that it disturbs no suite that follows.
 * @param graceMs for those that were told to end and are about to
 * @returns those that were not
 */
export async function endLeftBehind(mark: string, graceMs: number): Promise<readonly LeftBehind[]> {
  const endMs = performance.now() + graceMs;
  let left = markedProcesses(mark);
  while (left.length > 0 && performance.now() < endMs) {
    await wait(lookEveryMs);
    left = markedProcesses(mark);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself just now.
    }
  }
  return left;
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Empty for what is gone, and for what others run. A process that ended and was not yet waited for has no environment any more. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
