import type { ConversationSummary, ConversationView } from '@parlour/sdk/client';
import Pencil from 'lucide-react/icons/pencil';
import { useState } from 'react';
import { say } from '../language/say.ts';
import { BanList } from './ban-list.tsx';
import { EditGroup } from './edit-group.tsx';
import './group-sections.css';
import { LeaveGroup } from './leave-group.tsx';
import { MemberSection } from './member-section.tsx';
import { mayDo } from './permitted.ts';
import { RulesSection } from './rules-section.tsx';

type Props = { readonly view: ConversationView; readonly summary: ConversationSummary };

/** What a group is about and who is in it. */
export function GroupHead({ view, summary }: Props) {
  const { group } = summary;
  const [isEditing, setEditing] = useState(false);
  if (group === null) return null;
  const mayEdit = mayDo(group, 'describe');
  return (
    <>
      {(group.about !== '' || mayEdit) && (
        <section className="details-section">
          {group.about !== '' && (
            <p className="details-about" dir="auto">
              {group.about}
            </p>
          )}
          {mayEdit && (
            <div className="details-jumps">
              <button type="button" className="details-jump" onClick={() => setEditing(true)}>
                <Pencil size={18} strokeWidth={1.75} aria-hidden="true" />
                {say('Name, colour, description')}
              </button>
            </div>
          )}
        </section>
      )}
      {isEditing && <EditGroup view={view} summary={summary} group={group} onClose={() => setEditing(false)} />}
      {group.role === null ? (
        <p className="details-note">{say('You are no longer in this group.')}</p>
      ) : (
        <MemberSection view={view} group={group} count={summary.memberCount} />
      )}
    </>
  );
}

/** What one may settle in it, and the way out. */
export function GroupFoot({ view, summary }: Props) {
  const { group } = summary;
  if (group === null || group.role === null) return null;
  return (
    <>
      {group.role === 'owner' && <RulesSection view={view} group={group} />}
      {mayDo(group, 'remove') && <BanList view={view} />}
      <LeaveGroup view={view} title={summary.title} />
    </>
  );
}
