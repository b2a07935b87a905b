import type { PersonId } from '@parlour/sdk-react/ids';
import { PersonName } from './person-name.tsx';
import './typing-names.css';

const namedMax = 3;

/** Up to three names, then "several". @param alone there is nobody else who could write, so that no name is needed */
export function TypingNames({ people, alone }: { people: readonly PersonId[]; alone: boolean }) {
  return (
    <span className="typing-names" data-typing={people.length}>
      {!alone && (people.length > namedMax ? 'Several' : <Names people={people} />)}
      {alone ? 'writing…' : ' writing…'}
    </span>
  );
}

function Names({ people }: { people: readonly PersonId[] }) {
  return people.map((id, index) => (
    <span key={id}>
      {index > 0 && (index === people.length - 1 ? ' and ' : ', ')}
      <PersonName id={id} />
    </span>
  ));
}
