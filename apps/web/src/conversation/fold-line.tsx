import ChevronRight from 'lucide-react/icons/chevron-right';
import type { ReactNode } from 'react';
import { sayWith } from '../language/say.ts';
import type { FoldRow } from './folds.ts';
import { PersonName } from './person-name.tsx';

type Props = { fold: FoldRow; onToggle: (fold: FoldRow) => void };

/** Much that happened to the group, in one line that opens. */
export function FoldLine({ fold, onToggle }: Props) {
  return (
    <p className="message-list-line message-list-fold" data-seq={fold.seq}>
      <button type="button" aria-expanded={fold.isOpen} onClick={() => onToggle(fold)}>
        <ChevronRight size={15} strokeWidth={1.75} aria-hidden="true" />
        <span>
          <FoldWords fold={fold} />
        </span>
      </button>
    </p>
  );
}

function FoldWords({ fold: { what, author, first, second, count } }: { fold: FoldRow }): ReactNode {
  if (what === 'various' || first === null || second === null) {
    return sayWith('{count, plural, one {# change} other {# changes}} to the group', { count });
  }
  const people = { first: <PersonName id={first} />, second: <PersonName id={second} />, count: count - 2 };
  switch (what) {
    case 'added':
      return sayWith('{author} added {first}, {second} and {count, plural, other {# more}}', {
        ...people,
        author: <PersonName id={author} />,
      });
    case 'joined':
      return sayWith('{first}, {second} and {count, plural, other {# more}} joined', people);
    case 'left':
      return sayWith('{first}, {second} and {count, plural, other {# more}} left', people);
  }
}
