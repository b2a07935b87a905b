import { StorageFailure } from '@parlour/core/errors';
import { Command, CommanderError } from 'commander';
import { NatsUnusable } from '../adapters/nats/nats-unusable.ts';
import { PostgresUnusable } from '../adapters/postgres/postgres-unusable.ts';
import { SchemaTooNew } from '../adapters/sql/schema-too-new.ts';
import { DataFolderInUse, DataFolderMoved, DataFolderUnusable } from '../adapters/sqlite/data-folder.ts';
import { addBackupCommand } from './backup.ts';
import { addCapacityCommand } from './capacity.ts';
import { CommandFailed } from './command-failed.ts';
import { addDemoCommand } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addHealthCommand } from './health.ts';
import { addImportCommand } from './import.ts';
import { addMoveCommand } from './move.ts';
import { addRestoreCommand } from './restore.ts';
import { addStartCommand } from './start.ts';
import { addUserCommand } from './user.ts';
import { addVerifyCommand } from './verify.ts';

function parlour(): Command {
  const program = new Command('parlour')
    .description('Parlour, a chat platform: the server and what cares for it.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Settings are environment variables (PARLOUR_PORT, PARLOUR_DATA, ...) and one JSON file named in PARLOUR_CONFIG; docs/configuration.md lists them.

Examples:
  parlour start
  parlour demo
  PARLOUR_PORT=8080 PARLOUR_DATA=/srv/parlour parlour start
  parlour user create --handle ada --email ada@example.org
  parlour import jsonl history.jsonl.gz --member ada
  parlour verify
  parlour backup --to /backup/monday
  parlour doctor
  parlour capacity`,
    );
  addStartCommand(program);
  addDemoCommand(program);
  addImportCommand(program);
  addUserCommand(program);
  addMoveCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addVerifyCommand(program);
  addDoctorCommand(program);
  addHealthCommand(program);
  addCapacityCommand(program);
  return program;
}

/** @returns the exit code */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await parlour().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!isExplained(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof CommandFailed ? error.exitCode : 1;
  }
}

/** What says all there is to say in its message; anything else is a bug, and shows where it happened. */
function isExplained(error: unknown): error is Error {
  return [
    CommandFailed,
    DataFolderInUse,
    DataFolderMoved,
    DataFolderUnusable,
    NatsUnusable,
    PostgresUnusable,
    SchemaTooNew,
    StorageFailure,
  ].some((kind) => error instanceof kind);
}
