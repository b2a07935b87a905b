import type { Verdict } from '@parlour/core/conversation-log/decide';

/** How often each thing happened since the start; read by the metrics, never by the logic. */
export type OwnerCounters = {
  readonly appendOutcomes: Record<'ok' | 'conflict' | 'id_taken' | 'unknown', number>;
  readonly verdicts: Record<'append' | 'duplicate' | 'refused' | 'stopped', number>;
  /** Operations whose commit was unknown, once the log was read again: they stand there, or do not. */
  readonly unknownResolved: Record<'written' | 'lost', number>;
  commits: number;
  committedEntries: number;
  committedMarkers: number;
};

export function newOwnerCounters(): OwnerCounters {
  return {
    appendOutcomes: { ok: 0, conflict: 0, id_taken: 0, unknown: 0 },
    verdicts: { append: 0, duplicate: 0, refused: 0, stopped: 0 },
    unknownResolved: { written: 0, lost: 0 },
    commits: 0,
    committedEntries: 0,
    committedMarkers: 0,
  };
}

/** What became of operations whose first commit nobody had heard of. */
export function countResolved({ unknownResolved }: OwnerCounters, verdicts: readonly Verdict[]): void {
  for (const { verdict } of verdicts) {
    if (verdict === 'duplicate') unknownResolved.written++;
    else if (verdict === 'append') unknownResolved.lost++;
  }
}
