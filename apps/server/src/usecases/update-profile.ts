import { displayNameOf } from '@parlour/core/display-name';
import type { Environment } from '@parlour/core/environment';
import { asStorageFailure, isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import { decideHandle } from '@parlour/core/handle';
import type { PersonId } from '@parlour/core/ids';
import { nameKeyOf } from '@parlour/core/name-key';
import type { Bus } from '../ports/bus.ts';
import type { Directory, Person } from '../ports/directory.ts';
import { tellUnknown } from './tell-unknown.ts';

export type ProfileWish = {
  readonly handle?: string | undefined;
  readonly displayName?: string | undefined;
  readonly about?: string | undefined;
};

export type ProfileTools = {
  readonly directory: Directory;
  readonly bus: Bus;
  readonly environment: Pick<Environment, 'timer'>;
};

/** Changes what is named in the wish, and tells those who show it. */
export async function updateProfile(
  person: PersonId,
  wish: ProfileWish,
  { directory, bus, environment }: ProfileTools,
): Promise<Person | Refusal<'malformed' | 'handle_taken' | 'person_not_found'>> {
  const [held] = await directory.loadPeople([person]);
  if (held === undefined) return refuse('person_not_found');
  const decided = wish.handle === undefined ? { handle: held.handle, handleKey: held.handleKey } : decideHandle(wish.handle);
  if (isRefusal(decided)) return decided;
  const displayName = wish.displayName === undefined ? held.displayName : displayNameOf(wish.displayName);
  if (displayName === '') return refuse('malformed', { field: 'displayName', reason: 'nothing of it can be shown' });
  const profile = {
    ...decided,
    displayName,
    nameKey: nameKeyOf(`${displayName} ${decided.handle}`),
    about: wish.about ?? held.about,
  };
  try {
    if ((await directory.updateProfile(person, profile)) === 'handle_taken') return refuse('handle_taken');
  } catch (failure) {
    if (asStorageFailure(failure).outcome === 'unknown') tellUnknown(environment, () => tellProfile(bus, person));
    throw failure;
  }
  tellProfile(bus, person);
  return { ...held, ...profile };
}

/** Whoever looks at them, or shares a group with them, may be anywhere. */
export function tellProfile(bus: Bus, person: PersonId): void {
  bus.publish({ notice: 'person', person }, () => ['everyone']);
}
