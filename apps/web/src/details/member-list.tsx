import type { ConversationView, Person } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe, usePeople, useStatus } from '@parlour/sdk-react/use-account';
import { useCallback, useEffect, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { inOrder } from '../people/name-order.ts';
import { presentRefusal } from '../text/sentence.ts';

type Props = { view: ConversationView; count: number };
type State = 'asking' | { readonly others: readonly PersonId[] } | { readonly problem: string };

/** How many are in a group, and who, as far as the server tells it of so many. */
export function MemberList({ view, count }: Props) {
  const { state, ask } = useMembers(view);
  return (
    <section className="details-section">
      <h2>{say('{count, plural, one {# person} other {# people}}', { count })}</h2>
      {state === 'asking' && (
        <p className="details-note" role="status">
          {say('One moment.')}
        </p>
      )}
      {typeof state === 'object' && 'problem' in state && (
        <p className="details-note" role="alert">
          {state.problem} <Button onClick={ask}>{say('Try again')}</Button>
        </p>
      )}
      {typeof state === 'object' && 'others' in state && <Members others={state.others} count={count} />}
    </section>
  );
}

function Members({ others, count }: { others: readonly PersonId[]; count: number }) {
  const me = useMe();
  const people = usePeople();
  const isAll = others.length + 1 >= count;
  if (!isAll) return <p className="details-note">{say('There are too many here to name them all.')}</p>;
  const known = others.flatMap((id) => people.get(id) ?? []);
  return (
    <ul>
      {me !== null && <Member person={me} name={say('You')} />}
      {inOrder(known).map((person) => (
        <Member key={person.id} person={person} name={person.displayName} />
      ))}
    </ul>
  );
}

function Member({ person, name }: { person: Person; name: string }) {
  return (
    <li className="details-member">
      <Avatar id={person.id} name={person.displayName} size="small" />
      <span className="details-member-names">
        <bdi>{name}</bdi>
        <bdi className="details-note">@{person.handle}</bdi>
      </span>
    </li>
  );
}

/** Whoever has a mark of what they read is a member. What could not be had without a connection is asked for again once there is one. */
function useMembers(view: ConversationView) {
  const online = useStatus().connection.state === 'online';
  const [state, setState] = useState<State>('asking');
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt asks anew
  useEffect(() => {
    let stale = false;
    // Of whichever entry: all members are told of.
    void view.readersOf(view.timeline.get().headSeq).then((answer) => {
      if (!stale) setState(isRefused(answer) ? { problem: presentRefusal(answer) } : { others: answer.map(({ person }) => person) });
    });
    return () => {
      stale = true;
    };
  }, [view, attempt, online]);
  const ask = useCallback(() => {
    setState('asking');
    setAttempt((count) => count + 1);
  }, []);
  return { state, ask };
}
