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
