import type { Me, Person } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import Search from 'lucide-react/icons/search';
import Users from 'lucide-react/icons/users';
import { type KeyboardEvent, useState } from 'react';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { focusFirst } from '../design/focus-first.ts';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { useEscape } from '../shell/escape-ladder.ts';
import { presentRefusal } from '../text/sentence.ts';
import './people-finder.css';
import { useFoundPeople } from './use-found-people.ts';

/** Finds a person by their whole handle or a part of their name, and opens the conversation with them. */
export function PeopleFinder() {
  const [query, setQuery] = useState('');
  const found = useFoundPeople(query);
  const [problem, setProblem] = useState<string | null>(null);
  const client = useClient();
  const me = useMe();
  const { navigate } = useRouter();

  useEscape('panel', () => navigate({ at: 'recents' }, { back: true }));

  const open = async (person: PersonId) => {
    const conversation = await client.openDirect(person);
    if (isRefused(conversation)) setProblem(presentRefusal(conversation));
    else navigate({ at: 'conversation', conversation });
  };

  return (
    <section className="people-finder" aria-label={say('Find a person')}>
      <div className="people-finder-top">
        <RouteLink back to={{ at: 'recents' }} className="icon-button" aria-label={say('Back to your conversations')}>
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>{say('Find a person')}</h1>
      </div>
      <div className="people-finder-field">
        <Search size={17} strokeWidth={1.75} aria-hidden="true" />
        <input
          {...focusFirst}
          type="search"
          value={query}
          placeholder={say('Handle or name')}
          aria-label={say('Handle or name')}
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
        {query.trim() === '' && <NewGroupRow />}
        {query.trim() === '' && me !== null && <NotesRow me={me} onOpen={open} />}
        {found.state === 'found' && found.people.map((person) => <PersonRow key={person.id} person={person} onOpen={open} />)}
      </ul>
      <p className="people-finder-note" role="status">
        {found.state === 'failed' && found.problem}
        {found.state === 'found' && found.people.length === 0 && say('Nobody here has this handle or name.')}
      </p>
      <p className="people-finder-note">
        <RouteLink to={{ at: 'invite' }}>{say('Invite somebody who is not here yet')}</RouteLink>
      </p>
    </section>
  );
}

function NewGroupRow() {
  return (
    <li>
      <RouteLink to={{ at: 'new_group' }} className="people-finder-row">
        <span className="avatar avatar-medium avatar-notes" aria-hidden="true">
          <Users strokeWidth={1.75} />
        </span>
        <span className="people-finder-who">{say('New group')}</span>
      </RouteLink>
    </li>
  );
}

function NotesRow({ me, onOpen }: { me: Me; onOpen: (id: PersonId) => void }) {
  return (
    <li>
      <button type="button" className="people-finder-row" onClick={() => onOpen(me.id)}>
        <NotesAvatar />
        <span className="people-finder-who">{say('Notes to self')}</span>
      </button>
    </li>
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
