import { StorageFailure } from '@parlour/core/errors';
import pg from 'pg';

/**
 * What was under way when an error came. A read changed nothing. A statement inside a transaction counts for nothing without its commit. A
 * write is a statement by itself, and a commit ends a transaction: what becomes of these is unknown once they may have reached the server.
 */
export type During = 'read' | 'statement' | 'write' | 'commit';

/** Classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) that speak of the machine, not of the statement. */
const machineReasons: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '08': 'the connection is broken',
    '25006': 'it takes no writes: it is a replica, or was made read-only',
    '25P03': 'this transaction was idle for too long',
    '28': 'the server does not let this user in',
    '3D000': 'there is no such database',
    '40': 'others were writing the same',
    '53100': 'the disk is full',
    '53': 'the server has not enough of something',
    '55P03': 'a row stayed locked for too long',
    '57014': 'the statement took too long',
    '57': 'the server is going down or coming up',
    '58': 'the server cannot work with its files',
    XX: 'something is broken inside the server',
  }),
);

const retryAfterMs = 1_000;

/** These say themselves that nobody knows. */
const statementCompletionUnknown = '40003';
/** A deadlock, or two that cannot both be right: the server has undone this one whole, so it may simply be done again. */
const undoneByOthers = new Set(['40001', '40P01']);

/**
 * What the storage port says of an error of PostgreSQL or of the way to it; null where it is a bug of ours or a broken constraint.
 * An ERROR undoes its transaction, a commit's too, so nothing was applied. A FATAL or PANIC ends the connection, and may come after the commit.
 */
export function storageFailureOf(error: unknown, during: During): StorageFailure | null {
  if (error instanceof StorageFailure) return error;
  const mayBeThere = during === 'write' || during === 'commit';
  if (error instanceof pg.DatabaseError) {
    const { code = '', severity } = error;
    const reason = machineReasons.get(code) ?? machineReasons.get(code.slice(0, 2));
    if (reason === undefined) return null;
    const isLost = severity !== 'ERROR' || code === statementCompletionUnknown;
    return failure(reason, mayBeThere && isLost ? 'unknown' : 'not_applied', error);
  }
  if (!isOfTheWay(error)) return null;
  return failure('the connection is lost', mayBeThere ? 'unknown' : 'not_applied', error);
}

/** No connection was to be had, so nothing was sent. */
export function noConnection(error: unknown): StorageFailure {
  const said = error instanceof pg.DatabaseError ? storageFailureOf(error, 'read') : null;
  return said ?? failure(error instanceof Error ? error.message || 'it does not answer' : 'it does not answer', 'not_applied', error);
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505';
}

export function isUndoneByOthers(error: unknown): boolean {
  return error instanceof pg.DatabaseError && undoneByOthers.has(error.code ?? '');
}

/** Whether the connection that it came on can be used again. */
export function endsConnection(error: unknown): boolean {
  return error instanceof pg.DatabaseError ? error.severity !== 'ERROR' : isOfTheWay(error);
}

/** Sockets and the library tell of a lost way in many words; what is ours to mend comes as a TypeError or RangeError. */
function isOfTheWay(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}

function failure(reason: string, outcome: 'not_applied' | 'unknown', cause: unknown): StorageFailure {
  return new StorageFailure(`cannot use PostgreSQL: ${reason}`, { outcome, retryAfterMs, cause });
}
