import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { dataFolderPaths } from '../adapters/sqlite/data-folder.ts';
import { type AuditSummary, SqliteAudit } from '../adapters/sqlite/sqlite-audit.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { digest16, nodeEnvironment } from '../node-environment.ts';
import { CommandFailed } from './command-failed.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

const busyTimeoutMs = 5_000;

type VerifyOptions = SettingOptions & { readonly json?: true };

export function addVerifyCommand(program: Command): void {
  addFolderOptions(program.command('verify'))
    .description('prove that every log is gapless and unchanged and that all counts are right; also while the server runs')
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      `
It reads one moment of the database and changes nothing. Of each conversation with a fault it names the first, and ends with exit code 1.

Examples:
  parlour verify
  parlour verify --data /srv/parlour --json`,
    )
    .action(verify);
}

function verify(options: VerifyOptions): void {
  const { data } = loadSettings(options);
  const file = dataFolderPaths.database(data);
  if (!existsSync(file))
    throw new CommandFailed(`cannot verify ${data}: there is no database in it; name the folder with --data or PARLOUR_DATA`);
  using database = new SqliteDatabase({ file, busyTimeoutMs, readOnly: true });
  const startedMs = nodeEnvironment.monotonic();
  const summary = new SqliteAudit(database.connection, digest16).run(showProgress);
  const seconds = (nodeEnvironment.monotonic() - startedMs) / 1_000;
  if (process.stderr.isTTY) process.stderr.write('\r');
  process.stdout.write(
    options.json ? `${JSON.stringify({ ok: summary.faultCount === 0, ...summary, seconds })}\n` : `${present(summary, seconds)}\n`,
  );
  if (summary.faultCount > 0) throw new CommandFailed(`${summary.faultCount} faults found`);
}

function showProgress(entryCount: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rread ${entryCount} entries`);
}

function present({ conversations, entries, messages, people, registers, faultCount, faults }: AuditSummary, seconds: number): string {
  const read = `read ${entries} entries (${messages} messages) of ${conversations} conversations, ${people} people, ${registers} registers in ${seconds.toFixed(1)} s`;
  if (faultCount === 0) return `${read}\nall right: every log is gapless, every chain holds, all counts equal a recount`;
  const lines = faults.map(({ where, seq, what }) => `${where}${seq === null ? '' : `, seq ${seq}`}: ${what}`);
  return [read, ...lines, ...(faults.length < faultCount ? [`and ${faultCount - faults.length} more`] : [])].join('\n');
}
