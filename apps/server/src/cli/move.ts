import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { PostgresConnection } from '../adapters/postgres/postgres-database.ts';
import { isBeingTakenOver } from '../adapters/postgres/postgres-migrations.ts';
import { PostgresTakeover } from '../adapters/postgres/postgres-takeover.ts';
import { DataFolderInUse, dataFolderPaths, movedToOf, noteMoved, openDataFolder } from '../adapters/sqlite/data-folder.ts';
import type { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import type { Config } from '../config.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { holdPostgres, proveBrought } from './bring-into-postgres.ts';
import { firstPersonIn, openForReading, show } from './brought-database.ts';
import { CommandFailed } from './command-failed.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

export function addMoveCommand(program: Command): void {
  addFolderOptions(program.command('move'))
    .description('take a data folder over into another store; it can be interrupted and run again')
    .addOption(new Option('--to <store>', 'where to').choices(['postgres']).makeOptionMandatory())
    .addHelpText(
      'after',
      `
Give it the settings that the server is to have afterwards: PARLOUR_STORE=postgres, PARLOUR_POSTGRES_URL, and PARLOUR_DATA with the folder.
While a server runs on the folder it brings all messages that are there, which takes the time. Stop the server and run it again: it brings what is
left, proves that every chain holds and that all counts are right, and from then on the database in the folder is refused and PostgreSQL is used.
The folder stays, as it has the secrets; the database in it is as it was.

Example:
  export PARLOUR_STORE=postgres PARLOUR_POSTGRES_URL=postgresql://parlour@localhost/parlour PARLOUR_DATA=/srv/parlour
  parlour move --to postgres     # the server runs
  parlour move --to postgres     # the server is stopped
  parlour start`,
    )
    .action(move);
}

async function move(options: SettingOptions): Promise<void> {
  const config = loadSettings(options);
  const { postgresUrl: url, data } = config;
  if (url === undefined) {
    throw new CommandFailed(
      'cannot move: name the PostgreSQL as the server is to have it afterwards, with PARLOUR_STORE=postgres and PARLOUR_POSTGRES_URL',
    );
  }
  if (!existsSync(dataFolderPaths.database(data))) {
    throw new CommandFailed(`cannot move ${data}: there is no database in it; name the folder with --data or PARLOUR_DATA`);
  }
  using folder = openIfFree(data);
  using from = openForReading(dataFolderPaths.database(data));
  await holdPostgres(url, config, (to, place) => moveInto({ config, url, from, to, place, isFree: folder !== null }));
}

type Move = {
  readonly config: Config;
  readonly url: string;
  readonly from: SqliteDatabase;
  readonly to: PostgresConnection;
  readonly place: string;
  /** No server runs on the folder. */
  readonly isFree: boolean;
};

async function moveInto({ config, url, from, to, place, isFree }: Move): Promise<void> {
  const { data } = config;
  const source = firstPersonIn(from, data);
  const before = movedToOf(data);
  if (before !== null && before !== place) throw new CommandFailed(`cannot move ${data}: it was moved to ${before} already`);
  if (before === place && !(await isBeingTakenOver(to))) {
    process.stdout.write(`${data} is moved to ${place} already\n`);
    return;
  }
  const startedMs = nodeEnvironment.monotonic();
  const seconds = () => ((nodeEnvironment.monotonic() - startedMs) / 1_000).toFixed(1);
  const takeover = await PostgresTakeover.begin({ from: from.connection, to, place, source });
  const count = await takeover.bringEntries((brought) => show(`brought ${brought} entries`));
  if (!isFree) {
    process.stdout.write(
      `brought ${count} entries in ${seconds()} s, while the server runs\nnow stop the server, and run this again: it brings the rest and checks all of it\n`,
    );
    return;
  }
  await takeover.bringTheRest();
  process.stdout.write(`brought ${count} entries and all the rest in ${seconds()} s\n`);
  const found = await proveBrought(url, config, 'look at the folder with parlour verify, or empty the database and begin anew');
  process.stdout.write(`checked ${found}\n`);
  // In this order, whatever happens in between: at most one of the two can be started, and the next run goes on from here.
  noteMoved(data, place);
  await takeover.finish();
  process.stdout.write(`moved to ${place} in ${seconds()} s; start the server with the same settings\n`);
}

/** Null where a server, or another command, works on the folder. */
function openIfFree(data: string): Disposable | null {
  try {
    return openDataFolder(data);
  } catch (error) {
    if (error instanceof DataFolderInUse) return null;
    throw error;
  }
}
