import { type Refusal, refuse } from '@parlour/core/errors';
import { handleKeyOf } from '@parlour/core/handle';
import type { PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { nameKeyOf, wordsOf } from '@parlour/core/name-key';
import type { Directory, Person } from '../ports/directory.ts';

/** Only so many of those who fit one word are looked at for the others: a search costs the same however many people there are. */
const candidatesMax = 10 * limits.peopleFoundMax;

/** At most the one whose handle this is, however it was typed. */
export async function findByHandle(handle: string, directory: Directory): Promise<readonly Person[]> {
  const person = await directory.findByHandleKey(handleKeyOf(handle));
  return person === null ? [] : [person];
}

/** People for whom each word of the query begins a word of their name or handle. */
export async function findByName(name: string, directory: Directory): Promise<readonly Person[]> {
  const words = [...wordsOf(nameKeyOf(name))].sort((one, other) => other.length - one.length);
  const [longest] = words;
  if (longest === undefined) return [];
  const candidates = await directory.findByNamePrefix(longest, words.length === 1 ? limits.peopleFoundMax : candidatesMax);
  const fits = ({ nameKey }: Person) => words.every((word) => wordsOf(nameKey).some((part) => part.startsWith(word)));
  return candidates.filter(fits).slice(0, limits.peopleFoundMax);
}

export async function loadPerson(person: PersonId, directory: Directory): Promise<Person | Refusal<'person_not_found'>> {
  const [found] = await directory.loadPeople([person]);
  return found ?? refuse('person_not_found');
}
