import type { Person } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useMe } from '@parlour/sdk-react/use-account';
import Check from 'lucide-react/icons/check';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { say } from '../language/say.ts';
import '../people/people-finder.css';
import { useFoundPeople } from '../people/use-found-people.ts';
import './people-picker.css';

type Props = {
  readonly chosen: readonly Person[];
  readonly onChoose: (chosen: readonly Person[]) => void;
  /** Who is found and cannot be chosen. */
  readonly isIn?: (person: PersonId) => boolean;
};

/** Chooses several people by handle or name. */
export function PeoplePicker({ chosen, onChoose, isIn = () => false }: Props) {
  const me = useMe();
  const [query, setQuery] = useState('');
  const found = useFoundPeople(query);
  const isChosen = (person: Person) => chosen.some(({ id }) => id === person.id);
  const toggle = (person: Person) => onChoose(isChosen(person) ? chosen.filter(({ id }) => id !== person.id) : [...chosen, person]);
  const people = found.state === 'found' ? found.people.filter(({ id }) => id !== me?.id) : [];
  return (
    <div className="people-picker">
      {chosen.length > 0 && (
        <ul className="people-picker-chosen" aria-label={say('Chosen')}>
          {chosen.map((person) => (
            <li key={person.id}>
              <button
                type="button"
                className="people-picker-chip"
                aria-label={say('Leave out {name}', { name: person.displayName })}
                onClick={() => toggle(person)}
              >
                <bdi>{person.displayName}</bdi>
                <X size={15} strokeWidth={2} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="people-finder-field">
        <Search size={17} strokeWidth={1.75} aria-hidden="true" />
        <input
          type="search"
          value={query}
          placeholder={say('Handle or name')}
          aria-label={say('Handle or name')}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setQuery(event.target.value)}
          // Enter looks for somebody here, and sends nothing.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
      </div>
      <ul className="people-picker-found">
        {people.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              className="people-finder-row"
              aria-pressed={isChosen(person)}
              disabled={isIn(person.id)}
              onClick={() => toggle(person)}
            >
              <Avatar id={person.id} name={person.displayName} />
              <span className="people-finder-who">
                <bdi>{person.displayName}</bdi>
                <span className="people-finder-handle">{isIn(person.id) ? say('is here already') : <bdi>@{person.handle}</bdi>}</span>
              </span>
              {isChosen(person) && <Check size={18} strokeWidth={2} aria-hidden="true" />}
            </button>
          </li>
        ))}
      </ul>
      <p className="people-picker-note" role="status">
        {found.state === 'failed' && found.problem}
        {found.state === 'found' && people.length === 0 && say('Nobody here has this handle or name.')}
      </p>
    </div>
  );
}
