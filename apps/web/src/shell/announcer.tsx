import { usePeople } from '@parlour/sdk-react/use-account';
import { useState } from 'react';
import { isolate, say } from '../language/say.ts';
import { useArrivals } from '../notices/use-arrivals.ts';

const textLengthMax = 300;

/** The one place from which a screen reader hears of new messages: each of others once, never one's own, never what was there before. */
export function Announcer() {
  const people = usePeople();
  const [words, setWords] = useState('');
  useArrivals((arrived) => {
    const said = arrived.flatMap(({ type, title, last }) => {
      if (last === null) return [];
      const author = people.get(last.author)?.displayName ?? say('Someone');
      const from = type === 'group' ? say('{author} in {title}', { author, title }) : isolate(author);
      return [`${from}: ${isolate(last.text.slice(0, textLengthMax))}`];
    });
    setWords(said.join('\n'));
  });
  return (
    <div className="visually-hidden" aria-live="polite" data-announcer>
      {words}
    </div>
  );
}
