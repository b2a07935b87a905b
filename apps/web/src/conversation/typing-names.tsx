import type { PersonId } from '@parlour/sdk-react/ids';
import { say, sayWith } from '../language/say.ts';
import { PersonName } from './person-name.tsx';
import './typing-names.css';

/** Up to three names, then "several". @param alone there is nobody else who could write, so that no name is needed */
export function TypingNames({ people, alone }: { people: readonly PersonId[]; alone: boolean }) {
  return (
    <span className="typing-names" data-typing={people.length}>
      {alone ? say('writing…') : namesOf(people)}
    </span>
  );
}

function namesOf(people: readonly PersonId[]) {
  const [first, second, third] = people.map((id) => <PersonName key={id} id={id} />);
  switch (people.length) {
    case 1:
      return sayWith('{first} writing…', { first });
    case 2:
      return sayWith('{first} and {second} writing…', { first, second });
    case 3:
      return sayWith('{first}, {second} and {third} writing…', { first, second, third });
    default:
      return say('Several writing…');
  }
}
