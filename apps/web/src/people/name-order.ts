import type { Person } from '@parlour/sdk/client';
import { spokenLanguage } from '../language/say.ts';

/** By name, as the language of the page orders names. */
export function inOrder(people: readonly Person[]): Person[] {
  const { compare } = new Intl.Collator(spokenLanguage().locale);
  return people.toSorted((one, other) => compare(one.displayName, other.displayName));
}
