/** Where a cycle kills a process that works on a data folder. */
export const crashPoints = [
  'under load',
  'at a send',
  'at an acknowledgement',
  'at a write of the log',
  'before a commit',
  'after a commit, before its answer',
  'as clients return',
  'as it starts',
  'as it opens its log again',
  'as the log is copied',
  'at shutdown',
  'at the last copy of the log',
  'as it makes its schema',
  'during import',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** A run that is this long has had each point to meet twice. */
const longRunCycles = 2 * crashPoints.length;

/** @returns in words, each point that a long run never met; a short one need not meet all */
export function findUnmetPoints(kills: Readonly<Record<CrashPoint, number>>, cycles: number): string[] {
  if (cycles < longRunCycles) return [];
  return crashPoints.filter((point) => kills[point] === 0).map((point) => `in ${cycles} cycles nothing was killed ${point}`);
}
