import { StorageFailure } from '@parlour/core/errors';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html) that speak of the machine, not of the statement. */
const machineCodes: Readonly<Record<number, string>> = {
  5: 'it is locked by another program',
  6: 'it is locked',
  7: 'there is no memory left',
  8: 'it is read-only',
  10: 'reading or writing the disk failed',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  15: 'the locks on the file do not work',
  23: 'access was denied',
  26: 'the file is not a database',
};

/** A sync that failed leaves open what is on the disk: SQLITE_IOERR_FSYNC, _DIR_FSYNC. */
const syncFailed: ReadonlySet<number> = new Set([10 | (4 << 8), 10 | (5 << 8)]);

const retryAfterMs = 1_000;

/**
 * What the storage port says of an error of SQLite, or null where the error is a bug of ours or a broken constraint.
 * Before the commit nothing was applied; a commit that failed may be on the disk or not.
 */
export function storageFailureOf(error: unknown, during: 'statement' | 'commit'): StorageFailure | null {
  if (error instanceof StorageFailure) return error;
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  const reason = machineCodes[error.errcode & 0xff];
  if (reason === undefined) return null;
  const outcome = during === 'commit' || syncFailed.has(error.errcode) ? 'unknown' : 'not_applied';
  return new StorageFailure(`cannot use the database: ${reason}`, { outcome, retryAfterMs, cause: error });
}

/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID. */
const uniqueCodes: ReadonlySet<number> = new Set([19 | (6 << 8), 19 | (8 << 8), 19 | (10 << 8)]);

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && uniqueCodes.has(error.errcode as number);
}
