import type { PersonId } from '@parlour/sdk-react/ids';
import { usePerson } from '@parlour/sdk-react/use-account';
import { say } from '../language/say.ts';

/** What to call someone, also before their name has come. */
export function usePersonName(id: PersonId): string {
  return usePerson(id)?.displayName ?? say('Someone');
}

/** A name in the middle of other words: its own direction, and nothing in it reaches beyond it. */
export function PersonName({ id }: { id: PersonId }) {
  return <bdi>{usePersonName(id)}</bdi>;
}
