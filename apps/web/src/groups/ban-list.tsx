import type { ConversationView, Person } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import { useEffect, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { useAct } from './use-act.ts';

/** Who is banned, for those who may pardon; nothing where nobody is. */
export function BanList({ view }: { readonly view: ConversationView }) {
  const changedSeq = useTimeline(view).items.findLast(({ kind }) => kind === 'remove' || kind === 'pardon')?.seq ?? 0;
  const [banned, setBanned] = useState<readonly Person[]>([]);
  const { act, problem } = useAct(view);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the group asks anew
  useEffect(() => {
    let stale = false;
    void view.bans().then((people) => {
      if (!stale && !isRefused(people)) setBanned(people);
    });
    return () => {
      stale = true;
    };
  }, [view, changedSeq]);
  if (banned.length === 0) return null;
  return (
    <section className="details-section">
      <h2>{say('Banned')}</h2>
      <ul aria-label={say('Banned')}>
        {banned.map((person) => (
          <li key={person.id} className="group-member">
            <Avatar id={person.id} name={person.displayName} size="small" />
            <span className="group-member-names">
              <bdi>{person.displayName}</bdi>
              <bdi className="details-note">@{person.handle}</bdi>
            </span>
            <Button
              aria-label={say('Pardon {name}', { name: person.displayName })}
              onClick={() => void act({ kind: 'pardon', body: { person: person.id } })}
            >
              {say('Pardon')}
            </Button>
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p className="group-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
