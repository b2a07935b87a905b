import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { dataFolderPaths } from '../adapters/sqlite/data-folder.ts';
import { type AuditSummary, SqliteAudit } from '../adapters/sqlite/sqlite-audit.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import type { Config } from '../config.ts';
import { digest16, nodeEnvironment } from '../node-environment.ts';
import { presentFault } from './brought-database.ts';
import { CommandFailed } from './command-failed.ts';
import type { Snapshot } from './postgres-snapshot.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';
import { type EvidenceOptions, verifyEvidence } from './verify-evidence.ts';

const busyTimeoutMs = 5_000;

type VerifyOptions = SettingOptions & EvidenceOptions;

export function addVerifyCommand(program: Command): void {
  addFolderOptions(program.command('verify'))
    .description('prove that every log is gapless and unchanged and that all counts are right; also while the server runs')
    .option(
      '--evidence <file>',
      'check an exported file in place of a folder; given twice, compare the two; - reads standard input',
      collect,
      [],
    )
    .option(
      '--head <seq:chain>',
      'what somebody else sees at that entry, as a chain or a fingerprint; may be given several times',
      collect,
      [],
    )
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      `
It reads one moment of the database and changes nothing; of a PostgreSQL it reads a copy, which takes as much room in the folder for temporary
files for as long as it runs. Of each conversation with a fault it names the first, and ends with exit code 1.
With --evidence it needs no folder and no server: it reads what a member exported, and names the first entry that was altered, left out or moved.
Heads, or a second file, from somebody else show whether the server tells both of you one history. What that proves: docs/evidence.md.

Examples:
  parlour verify
  parlour verify --data /srv/parlour --json
  parlour verify --evidence parlour-evidence.jsonl --head '95:20214 00017 41122 63002 00930 51841 07777 12034'
  parlour verify --evidence mine.jsonl --evidence theirs.jsonl`,
    )
    .action(verify);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function verify(options: VerifyOptions): Promise<void> {
  if (options.evidence.length > 0) return verifyEvidence(options);
  if (options.head.length > 0) throw new CommandFailed('cannot compare a head: name the file to compare it with by --evidence');
  const config = loadSettings(options);
  using snapshot = await snapshotOf(config);
  const file = snapshot?.file ?? databaseIn(config.data);
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

/** @returns null where the database is a file already */
async function snapshotOf(config: Config): Promise<Snapshot | null> {
  if (config.postgresUrl === undefined) return null;
  const { takePostgresSnapshot } = await import('./postgres-snapshot.ts');
  return takePostgresSnapshot(config.postgresUrl, config);
}

function databaseIn(data: string): string {
  const file = dataFolderPaths.database(data);
  if (existsSync(file)) return file;
  throw new CommandFailed(`cannot verify ${data}: there is no database in it; name the folder with --data or PARLOUR_DATA`);
}

function showProgress(entryCount: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rread ${entryCount} entries`);
}

function present({ conversations, entries, messages, people, registers, faultCount, faults }: AuditSummary, seconds: number): string {
  const read = `read ${entries} entries (${messages} messages) of ${conversations} conversations, ${people} people, ${registers} registers in ${seconds.toFixed(1)} s`;
  if (faultCount === 0) return `${read}\nall right: every log is gapless, every chain holds, all counts equal a recount`;
  const lines = faults.map(presentFault);
  return [read, ...lines, ...(faults.length < faultCount ? [`and ${faultCount - faults.length} more`] : [])].join('\n');
}
