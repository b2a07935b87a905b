import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { copySecrets, dataFolderPaths } from '../adapters/sqlite/data-folder.ts';
import { syncFile, syncFolder } from '../adapters/sqlite/synced-file.ts';
import type { Config } from '../config.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { openForReading, prove } from './brought-database.ts';
import { CommandFailed } from './command-failed.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

const bytesInMib = 1_048_576;

export function addBackupCommand(program: Command): void {
  addFolderOptions(program.command('backup'))
    .description('keep a copy of everything, as it is at one moment; also while the server runs')
    .requiredOption('--to <folder>', 'a folder that is not there yet')
    .addHelpText(
      'after',
      `
What it makes is a data folder: database and secrets, one moment of them, read once more to be sure. It is the same from SQLite and from PostgreSQL,
so parlour restore brings it back into either. Keep it where nobody else can read it: all that was said is in it.

Examples:
  parlour backup --to /backup/parlour-2026-11-27
  PARLOUR_STORE=postgres PARLOUR_POSTGRES_URL=postgresql://localhost/parlour parlour backup --to /backup/monday`,
    )
    .action(backUp);
}

async function backUp(options: SettingOptions & { readonly to: string }): Promise<void> {
  const config = loadSettings(options);
  const to = resolve(options.to);
  if (existsSync(to)) throw new CommandFailed(`cannot back up to ${to}: it is there already; name a folder that is not`);
  const startedMs = nodeEnvironment.monotonic();
  mkdirSync(dirname(to), { recursive: true });
  // It has its name once all of it is there and synced; until then one that is nobody else's, so that nothing of others is ever deleted.
  const unfinished = mkdtempSync(`${to}.unfinished-`);
  try {
    const file = dataFolderPaths.database(unfinished);
    await copyDatabase(config, file);
    copySecrets(config.data, unfinished);
    const found = prove(file, 'nothing is kept; parlour verify says more of what is backed up');
    syncFile(file);
    syncFolder(unfinished);
    renameSync(unfinished, to);
    syncFolder(dirname(to));
    const seconds = ((nodeEnvironment.monotonic() - startedMs) / 1_000).toFixed(1);
    const mib = (statSync(dataFolderPaths.database(to)).size / bytesInMib).toFixed(1);
    process.stdout.write(`kept in ${to}, ${mib} MiB, in ${seconds} s\n${found}\n`);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabase(
  { data, postgresUrl: url, postgresStatementTimeoutMs: statementTimeoutMs }: Config,
  file: string,
): Promise<void> {
  if (url !== undefined) {
    const { copyPostgresInto } = await import('./postgres-snapshot.ts');
    return copyPostgresInto(file, { url, statementTimeoutMs, schema: 'require' });
  }
  const from = dataFolderPaths.database(data);
  if (!existsSync(from))
    throw new CommandFailed(`cannot back up ${data}: there is no database in it; name the folder with --data or PARLOUR_DATA`);
  using database = openForReading(from);
  // One read transaction: those who write are not held up, and none of what they write comes in between.
  database.connection.prepare('vacuum into ?').run(file);
}
