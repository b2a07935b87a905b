import { isRefusal } from '@parlour/core/errors';
import type { Command } from 'commander';
import { Argon2PasswordHasher } from '../adapters/node/password-hasher.ts';
import { ZxcvbnPasswordJudge } from '../adapters/node/password-judge.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { createPerson } from '../usecases/create-person.ts';
import { askPassword } from './asked-password.ts';
import { checkEmail, checkPasswordLength, failureOf } from './checked-input.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';
import { openStoreForWriting } from './store-for-writing.ts';

type CreateOptions = SettingOptions & {
  readonly handle: string;
  readonly email: string;
  readonly name?: string;
  readonly passwordStdin?: true;
};

export function addUserCommand(program: Command): void {
  const command = program.command('user').description('make people');
  addFolderOptions(command.command('create'))
    .description('make a person, also where registration is closed; with SQLite the server must be stopped')
    .requiredOption('--handle <handle>', 'the name that is unique here')
    .requiredOption('--email <address>', 'the e-mail address to log in with')
    .option('--name <name>', 'the name that is shown; the handle where it is left out')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText(
      'after',
      `
Examples:
  parlour user create --handle ada --email ada@example.org --name "Ada Lovelace"
  parlour user create --handle bot --email bot@example.org --password-stdin < password.txt`,
    )
    .action(create);
}

async function create(options: CreateOptions): Promise<void> {
  const config = loadSettings(options);
  const email = checkEmail(options.email);
  const password = checkPasswordLength(await askPassword(options));
  await using opened = await openStoreForWriting(config);
  await using judge = new ZxcvbnPasswordJudge();
  const hasher = new Argon2PasswordHasher({ concurrencyMax: 1 });
  const wish = { email, handle: options.handle, password, displayName: options.name };
  const created = await createPerson(wish, { directory: opened.directory, environment: nodeEnvironment, hasher, judge });
  if (isRefusal(created)) throw failureOf(created);
  process.stdout.write(`${options.handle} can log in now, with ${email} or the handle\n`);
}
