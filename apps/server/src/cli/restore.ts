import { constants, copyFileSync, existsSync, renameSync } from 'node:fs';
import type { Command } from 'commander';
import { copySecrets, dataFolderPaths, openDataFolder } from '../adapters/sqlite/data-folder.ts';
import { syncFile, syncFolder } from '../adapters/sqlite/synced-file.ts';
import type { Config } from '../config.ts';
import { firstPersonIn, openForReading, prove, show } from './brought-database.ts';
import { CommandFailed } from './command-failed.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

export function addRestoreCommand(program: Command): void {
  addFolderOptions(program.command('restore'))
    .description('bring back what parlour backup kept, where there is nothing yet')
    .requiredOption('--from <folder>', 'the folder that parlour backup made')
    .addHelpText(
      'after',
      `
The server must be stopped. The folder in PARLOUR_DATA must have no database in it, or the PostgreSQL nobody; what is there is never written over.
What was said after the backup is gone from the server: devices that still have their own messages send them again, once, when they come back.
The backup is read whole before, and in PostgreSQL what was brought once more after: no server starts on it before that is found right.
Where it is interrupted, run it again.

Examples:
  parlour restore --from /backup/monday
  PARLOUR_STORE=postgres PARLOUR_POSTGRES_URL=postgresql://localhost/parlour parlour restore --from /backup/monday`,
    )
    .action(restore);
}

async function restore(options: SettingOptions & { readonly from: string }): Promise<void> {
  const config = loadSettings(options);
  const kept = dataFolderPaths.database(options.from);
  if (!existsSync(kept)) throw new CommandFailed(`cannot restore from ${options.from}: there is no database in it`);
  // Before anything is written: what cannot be trusted leaves nothing behind.
  const found = prove(kept, 'this backup cannot be trusted; take another');
  if (config.postgresUrl === undefined) restoreFolder(config.data, options.from);
  else await restorePostgres(config.postgresUrl, config, options.from);
  process.stdout.write(`restored ${found}\nstart the server\n`);
}

function restoreFolder(data: string, from: string): void {
  if (existsSync(dataFolderPaths.database(data))) {
    throw new CommandFailed(
      `cannot restore into ${data}: there is a database in it; move it away first, or name another folder in PARLOUR_DATA`,
    );
  }
  copySecrets(from, data);
  using folder = openDataFolder(data);
  const beside = `${folder.databaseFile}.new`;
  copyFileSync(dataFolderPaths.database(from), beside, constants.COPYFILE_FICLONE);
  syncFile(beside);
  renameSync(beside, folder.databaseFile);
  syncFolder(data);
}

async function restorePostgres(url: string, config: Config, from: string): Promise<void> {
  const { PostgresTakeover } = await import('../adapters/postgres/postgres-takeover.ts');
  const { holdPostgres, proveBrought } = await import('./bring-into-postgres.ts');
  copySecrets(from, config.data);
  using _folder = openDataFolder(config.data);
  using kept = openForReading(dataFolderPaths.database(from));
  await holdPostgres(url, config, async (to, place) => {
    const takeover = await PostgresTakeover.begin({ from: kept.connection, to, place, source: firstPersonIn(kept, from) });
    await takeover.bringEntries((count) => show(`brought ${count} entries`));
    await takeover.bringTheRest();
    await proveBrought(url, config, 'this is not what was in the backup; empty the database and restore again');
    await takeover.finish();
  });
}
