import { errors, type Refusal } from '@parlour/core/errors';
import { email as emailSchema, password as passwordSchema } from '@parlour/protocol/http/create-account';
import { InvalidArgumentError } from 'commander';
import { CommandFailed } from './command-failed.ts';

/** @throws CommandFailed */
export function checkEmail(text: string): string {
  if (!emailSchema.safeParse(text).success) throw new CommandFailed(`cannot use ${JSON.stringify(text)}: it is not an e-mail address`);
  return text;
}

/** @throws CommandFailed */
export function checkPasswordLength(text: string): string {
  if (!passwordSchema.safeParse(text).success) throw new CommandFailed('cannot use this password: it is too long');
  return text;
}

/** The registry's sentence, with what is particular to the case. */
export function failureOf({ refused, details }: Refusal): CommandFailed {
  const { sentence } = errors[refused];
  const said = Object.entries(details).map(([name, value]) => (name === 'reason' ? String(value) : `${name} ${value}`));
  return new CommandFailed(said.length === 0 ? sentence : `${sentence} (${said.join(', ')})`);
}

/** Of an option: a whole number from `least` to `most`. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new InvalidArgumentError(`it is a whole number from ${least} to ${most}.`);
    return number;
  };
}
