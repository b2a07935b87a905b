import { isRefusal } from '@parlour/core/errors';
import type { Command } from 'commander';
import { Argon2PasswordHasher } from '../adapters/node/password-hasher.ts';
import { ZxcvbnPasswordJudge } from '../adapters/node/password-judge.ts';
import { emailKeyOf, refuseWeakPassword } from '../usecases/create-person.ts';
import { askPassword } from './asked-password.ts';
import { checkEmail, checkPasswordLength, failureOf } from './checked-input.ts';
import { CommandFailed } from './command-failed.ts';
import { personByHandle } from './person-by-handle.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';
import { openStoreForWriting } from './store-for-writing.ts';

type ClaimOptions = SettingOptions & { readonly email: string; readonly passwordStdin?: true };

export function addClaimCommand(parent: Command): void {
  addFolderOptions(parent.command('claim'))
    .description('make a placeholder account the account of a person who can log in; with SQLite the server must be stopped')
    .argument('<handle>', 'the handle of the imported author')
    .requiredOption('--email <address>', 'the e-mail address to log in with')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText('after', '\nExample:\n  parlour import claim kleedrac --email kleedrac@example.org')
    .action(claim);
}

export function addRemoveCommand(parent: Command): void {
  addFolderOptions(parent.command('remove'))
    .description('take the name off a placeholder account; what was written stays; with SQLite the server must be stopped')
    .argument('<handle>', 'the handle of the imported author')
    .addHelpText('after', '\nExample:\n  parlour import remove kleedrac')
    .action(remove);
}

async function claim(handle: string, options: ClaimOptions): Promise<void> {
  const config = loadSettings(options);
  const email = checkEmail(options.email);
  const password = checkPasswordLength(await askPassword(options));
  await using opened = await openStoreForWriting(config);
  const person = await personByHandle(opened.directory, handle);
  await using judge = new ZxcvbnPasswordJudge();
  const weak = await refuseWeakPassword(password, [email, person.handle, person.displayName], judge);
  if (weak !== null) throw failureOf(weak);
  const hashed = await new Argon2PasswordHasher({ concurrencyMax: 1 }).hash(password);
  if (isRefusal(hashed)) throw failureOf(hashed);
  const outcome = await opened.directory.claimPlaceholder(person.id, { emailKey: emailKeyOf(email), passwordHash: hashed.hash });
  if (outcome === 'email_taken') throw new CommandFailed(`cannot claim ${person.handle}: ${email} belongs to someone else here`);
  if (outcome === 'not_a_placeholder') throw notAPlaceholder('claim', person.handle);
  process.stdout.write(`${person.handle} can log in now, with ${email} or the handle\n`);
}

async function remove(handle: string, options: SettingOptions): Promise<void> {
  await using opened = await openStoreForWriting(loadSettings(options));
  const person = await personByHandle(opened.directory, handle);
  if ((await opened.directory.removePlaceholder(person.id)) !== 'ok') throw notAPlaceholder('remove', person.handle);
  process.stdout.write(`${person.handle} is gone; what was written under this name stays, without it\n`);
}

function notAPlaceholder(verb: string, handle: string): CommandFailed {
  return new CommandFailed(`cannot ${verb} ${handle}: it is not an imported author that nobody has claimed`);
}
