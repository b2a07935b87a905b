import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** User and system time so far of a process and of all that it has started, those that ended among them, in seconds; on Linux. */
export function familyCpuSeconds(pid: number): number {
  const [own = 0, reaped = 0] = ticksOf(pid);
  return childrenOf(pid).reduce((sum, child) => sum + (ticksOf(child)[0] ?? 0), own + reaped) / ticksPerSecond;
}

/** Gives a process and all that it has started one core; what it starts later has it from there. On Linux. */
export function bindToCore(pid: number, core: number): void {
  for (const each of [pid, ...childrenOf(pid)]) execFileSync('taskset', ['-a', '-p', '-c', String(core), String(each)], { stdio: 'pipe' });
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Own ticks, and those of children that ended; none where it has ended itself. */
function ticksOf(pid: number): number[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return [Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14])];
  } catch {
    return [];
  }
}
