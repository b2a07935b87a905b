import type { Person } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import Search from 'lucide-react/icons/search';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { presentRefusal } from '../text/sentence.ts';
import './people-finder.css';

type Found =
  | { readonly state: 'idle' | 'asking' }
  | { readonly state: 'found'; readonly people: readonly Person[] }
  | { readonly state: 'failed'; readonly problem: string };

/** Finds a person by their whole handle or a part of their name, and opens the conversation with them. */
export function PeopleFinder() {
  const [query, setQuery] = useState('');
  const found = useFoundPeople(query);
  const [problem, setProblem] = useState<string | null>(null);
  const client = useClient();
  const me = useMe();
  const { navigate } = useRouter();

  const open = async (person: PersonId) => {
    const conversation = await client.openDirect(person);
    if (isRefused(conversation)) setProblem(presentRefusal(conversation));
    else navigate({ at: 'conversation', conversation });
  };

  return (
    <section
      className="people-finder"
      aria-label="Find a person"
      onKeyDown={(event) => event.key === 'Escape' && navigate({ at: 'recents' })}
    >
      <div className="people-finder-top">
        <RouteLink to={{ at: 'recents' }} className="icon-button" aria-label="Back to your conversations">
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>Find a person</h1>
      </div>
      <div className="people-finder-field">
        <Search size={17} strokeWidth={1.75} aria-hidden="true" />
        <input
          // biome-ignore lint/a11y/noAutofocus: this place has one purpose, and one came here for it
          autoFocus
          type="search"
          value={query}
          placeholder="Handle or name"
          aria-label="Handle or name"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => event.key === 'ArrowDown' && focusRow(event.currentTarget.closest('section'), 0)}
        />
      </div>
      {problem !== null && (
        <p className="people-finder-problem" role="alert">
          {problem}
        </p>
      )}
      <ul className="people-finder-list" onKeyDown={moveBetweenPeople}>
        {query.trim() === '' && me !== null && <PersonRow person={{ ...me, displayName: 'Notes to self', handle: '' }} onOpen={open} />}
        {found.state === 'found' && found.people.map((person) => <PersonRow key={person.id} person={person} onOpen={open} />)}
      </ul>
      <p className="people-finder-note" role="status">
        {found.state === 'failed' && found.problem}
        {found.state === 'found' && found.people.length === 0 && 'Nobody here has this handle or name.'}
      </p>
    </section>
  );
}

function PersonRow({ person, onOpen }: { person: Person; onOpen: (id: PersonId) => void }) {
  return (
    <li>
      <button type="button" className="people-finder-row" onClick={() => onOpen(person.id)}>
        <Avatar id={person.id} name={person.displayName} />
        <span className="people-finder-who">
          <bdi>{person.displayName}</bdi>
          {person.handle !== '' && <bdi className="people-finder-handle">@{person.handle}</bdi>}
        </span>
      </button>
    </li>
  );
}

const typingPauseMs = 180;

/** Asks for both readings of what was typed, once the typing pauses; an answer to an older question is dropped. */
function useFoundPeople(query: string): Found {
  const client = useClient();
  const [found, setFound] = useState<Found>({ state: 'idle' });
  useEffect(() => {
    const wanted = query.trim().replace(/^@/u, '');
    if (wanted === '') return setFound({ state: 'idle' });
    let stale = false;
    const timer = window.setTimeout(async () => {
      const [byHandle, byName] = await Promise.all([client.findPeople({ handle: wanted }), client.findPeople({ name: wanted })]);
      if (stale) return;
      const people = [byHandle, byName].flatMap((answer) => (isRefused(answer) ? [] : answer));
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

function focusRow(within: HTMLElement | null, index: number): void {
  within?.querySelectorAll<HTMLElement>('.people-finder-row')[index]?.focus();
}

function moveBetweenPeople(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.people-finder-row')];
  const index = rows.indexOf(document.activeElement as HTMLElement) + (event.key === 'ArrowDown' ? 1 : -1);
  event.preventDefault();
  if (index < 0) event.currentTarget.closest('section')?.querySelector('input')?.focus();
  else rows[index]?.focus();
}
