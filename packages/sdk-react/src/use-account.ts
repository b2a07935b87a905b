import type { ClientStatus, ConversationSummary, Me, Person, Settings } from '@parlour/sdk/client';
import type { ConversationId, PersonId } from './ids.ts';
import { useClient } from './provider.ts';
import { useObservable, useSelected } from './use-observable.ts';

export function useStatus(): ClientStatus {
  return useObservable(useClient().status);
}

/** Who is logged in; null when nobody is. */
export function useMe(): Me | null {
  return useObservable(useClient().me);
}

/** The list of conversations, the most recent first. */
export function useConversations(): readonly ConversationSummary[] {
  return useObservable(useClient().conversations);
}

/** One line of that list; null while this device does not have it. */
export function useConversationSummary(id: ConversationId): ConversationSummary | null {
  return useSelected(useClient().conversations, (all) => all.find((summary) => summary.id === id) ?? null);
}

/** Null for someone whom this device has not met. */
export function usePerson(id: PersonId): Person | null {
  return useSelected(useClient().people, (people) => people.get(id) ?? null);
}

export function usePeople(): ReadonlyMap<PersonId, Person> {
  return useObservable(useClient().people);
}

export function useSettings(): Settings {
  return useObservable(useClient().settings);
}
