import { type AuditFault, SqliteAudit } from '../adapters/sqlite/sqlite-audit.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { digest16 } from '../node-environment.ts';
import { CommandFailed } from './command-failed.ts';

const busyTimeoutMs = 30_000;

/** One that is only read, also while a server writes it. @throws SchemaTooNew */
export function openForReading(file: string): SqliteDatabase {
  return new SqliteDatabase({ file, busyTimeoutMs, readOnly: true });
}

/** Tells one database from another, whatever was written since. @throws CommandFailed where nobody is in it */
export function firstPersonIn({ connection }: SqliteDatabase, place: string): string {
  const first = connection.prepare('select public_id from person order by id limit 1').get() as { public_id: string } | undefined;
  if (first) return first.public_id;
  throw new CommandFailed(`nobody is in ${place} yet: start the server with the new settings right away`);
}

/** Reads all of it once. @returns what was found to be right, in words @throws CommandFailed where something is wrong */
export function prove(file: string, advice: string): string {
  using database = openForReading(file);
  const summary = new SqliteAudit(database.connection, digest16).run((count) => show(`checked ${count} entries`));
  const { entries, messages, conversations, people, faultCount, faults } = summary;
  if (faultCount > 0) {
    throw new CommandFailed([`${faultCount} faults; ${advice}`, ...faults.map(presentFault)].join('\n'));
  }
  return `${entries} entries (${messages} messages) of ${conversations} conversations and ${people} people: every chain holds, all counts equal a recount`;
}

/** One line. */
export function presentFault({ where, seq, what }: AuditFault): string {
  return `${where}${seq === null ? '' : `, seq ${seq}`}: ${what}`;
}

/** One line on standard error that is written over on a terminal; elsewhere a line each time. */
export function show(progress: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r${progress}` : `${progress}\n`);
}
