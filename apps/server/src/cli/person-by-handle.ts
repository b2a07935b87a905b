import { handleKeyOf } from '@parlour/core/handle';
import type { Directory, Person } from '../ports/directory.ts';
import { CommandFailed } from './command-failed.ts';

/** @throws CommandFailed where nobody has the handle */
export async function personByHandle(directory: Directory, handle: string): Promise<Person> {
  const person = await directory.findByHandleKey(handleKeyOf(handle.replace(/^@/, '')));
  if (person === null) throw new CommandFailed(`cannot find ${handle}: nobody has this handle; parlour user create makes a person`);
  return person;
}
