import type { Person } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useEffect, useState } from 'react';
import { presentRefusal } from '../text/sentence.ts';
import { inOrder } from './name-order.ts';

type Found =
  | { readonly state: 'idle' }
  | { readonly state: 'found'; readonly people: readonly Person[] }
  | { readonly state: 'failed'; readonly problem: string };

const typingPauseMs = 180;

/** Asks for both readings of what was typed, once the typing pauses; an answer to an older question is dropped. */
export function useFoundPeople(query: string): Found {
  const client = useClient();
  const [found, setFound] = useState<Found>({ state: 'idle' });
  useEffect(() => {
    const wanted = query.trim().replace(/^@/u, '');
    if (wanted === '') return setFound({ state: 'idle' });
    let stale = false;
    const timer = window.setTimeout(async () => {
      const [byHandle, byName] = await Promise.all([client.findPeople({ handle: wanted }), client.findPeople({ name: wanted })]);
      if (stale) return;
      // Whoever has this very handle stands first, those of that name behind.
      const people = [byHandle, byName].flatMap((answer) => (isRefused(answer) ? [] : inOrder(answer)));
      if (people.length === 0 && isRefused(byName)) return setFound({ state: 'failed', problem: presentRefusal(byName) });
      setFound({ state: 'found', people: [...new Map(people.map((person) => [person.id, person])).values()] });
    }, typingPauseMs);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [client, query]);
  return found;
}
