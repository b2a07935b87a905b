import type { PersonId } from '@parlour/sdk-react/ids';
import { PersonName } from './person-name.tsx';
import './typing-names.css';

/** Up to three names, then "several". */
export function TypingNames({ people, alone = true }: { people: readonly PersonId[]; alone?: boolean }) {
  return (
    <span className="typing-names" data-typing={people.length}>
      {(!alone || people.length > 1) && (people.length > 3 ? 'several ' : <Names people={people} />)}
      writing…
    </span>
  );
}

function Names({ people }: { people: readonly PersonId[] }) {
  return people.map((id, index) => (
    <span key={id}>
      {index > 0 && (index === people.length - 1 ? ' and ' : ', ')}
      <PersonName id={id} />{' '}
    </span>
  ));
}
