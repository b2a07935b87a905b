import type { ConversationView, GroupStanding, Member } from '@parlour/sdk/client';
import UserPlus from 'lucide-react/icons/user-plus';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { AddPeople } from './add-people.tsx';
import { MemberRow } from './member-row.tsx';
import { mayDo } from './permitted.ts';
import { useAct } from './use-act.ts';
import { useMembers } from './use-members.ts';

type Props = { readonly view: ConversationView; readonly group: GroupStanding; readonly count: number };

/** So few are seen at a glance, and need no search. */
const searchedFrom = 9;

/** Who is in a group, the owners first; found by name, and led from here. */
export function MemberSection({ view, group, count }: Props) {
  const [name, setName] = useState('');
  const { listed, problem, tryAgain, loadMore } = useMembers(view, name);
  const { act, problem: refused } = useAct(view);
  const [isAdding, setAdding] = useState(false);
  return (
    <section className="details-section">
      <h2>{say('{count, plural, one {# person} other {# people}}', { count })}</h2>
      {mayDo(group, 'add') && (
        <div className="details-jumps">
          <button type="button" className="details-jump" onClick={() => setAdding(true)}>
            <UserPlus size={18} strokeWidth={1.75} aria-hidden="true" />
            {say('Add people')}
          </button>
        </div>
      )}
      {count >= searchedFrom && (
        <div className="field group-members-field">
          <input
            type="search"
            value={name}
            placeholder={say('Find a member')}
            aria-label={say('Find a member')}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
      )}
      {refused !== null && (
        <p className="group-problem" role="alert">
          {refused}
        </p>
      )}
      {listed === null && problem === null && (
        <p className="details-note" role="status">
          {say('One moment.')}
        </p>
      )}
      {problem !== null && (
        <p className="details-note" role="alert">
          {problem} <Button onClick={tryAgain}>{say('Try again')}</Button>
        </p>
      )}
      {listed !== null && (
        <ul aria-label={say('Members')}>
          {listed.members.map((member: Member) => (
            <MemberRow key={member.person.id} member={member} group={group} onAct={act} />
          ))}
        </ul>
      )}
      {listed !== null && listed.members.length === 0 && <p className="details-note">{say('Nobody in this group has this name.')}</p>}
      {listed?.more && <Button onClick={() => void loadMore()}>{say('Show more')}</Button>}
      {isAdding && <AddPeople view={view} members={listed?.members ?? []} onClose={() => setAdding(false)} />}
    </section>
  );
}
