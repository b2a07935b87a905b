import type { ConversationSummary } from '@parlour/sdk/client';
import { useMe } from '@parlour/sdk-react/use-account';
import { PeerPresence } from '../conversation/peer-presence.tsx';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { GroupFoot, GroupHead } from '../groups/group-sections.tsx';
import { say } from '../language/say.ts';
import { presentDate } from '../text/time.ts';
import './conversation-details.css';
import { CopyHandle } from './copy-handle.tsx';
import type { Details } from './details-panel.tsx';
import { EvidenceSection } from './evidence-section.tsx';
import { JumpList } from './jump-list.tsx';
import { useBeginning } from './use-beginning.ts';
import { useFreshPeer } from './use-fresh-peer.ts';

/** Who a conversation is with, since when, and the ways through it. */
export function ConversationDetails({ view, summary, title, onJump }: Details) {
  const me = useMe();
  const beganAt = useBeginning(view.id);
  useFreshPeer(summary);
  if (summary === null) return <p className="details-note details-coming">{say('One moment.')}</p>;
  const kind = kindOf(summary, me?.id ?? null);
  return (
    <div className="details">
      <div className="details-who">
        {kind === 'notes' ? (
          <NotesAvatar size="portrait" />
        ) : (
          <Avatar id={summary.peer?.id ?? summary.id} name={title} size="portrait" hue={summary.group?.hue} />
        )}
        <p className="details-name">
          <bdi>{title}</bdi>
        </p>
        {kind === 'direct' && (
          <p className="details-note">
            <PeerPresence presence={summary.peerPresence} />
          </p>
        )}
        {kind === 'direct' && summary.peer !== null && <CopyHandle key={summary.peer.handle} handle={summary.peer.handle} />}
      </div>
      {kind === 'notes' && <p>{say('Only you see this: a place for what you want to keep, on all your devices.')}</p>}
      {kind === 'direct' && summary.peer !== null && summary.peer.about !== '' && (
        <p className="details-about" dir="auto">
          {summary.peer.about}
        </p>
      )}
      {kind === 'group' && <GroupHead view={view} summary={summary} />}
      {summary.last === null ? (
        <p className="details-note">{say('No messages yet')}</p>
      ) : (
        <JumpList view={view} lastAt={summary.last.at} onJump={onJump}>
          {beganAt !== null && sinceOf(kind, presentDate(beganAt))}
        </JumpList>
      )}
      <EvidenceSection key={view.id} view={view} title={title} isOnlyMine={kind === 'notes'} />
      {kind === 'group' && <GroupFoot view={view} summary={summary} />}
    </div>
  );
}

type Kind = 'direct' | 'notes' | 'group';

function kindOf({ type, peer }: ConversationSummary, me: string | null): Kind {
  if (type === 'group') return 'group';
  return peer !== null && peer.id === me ? 'notes' : 'direct';
}

function sinceOf(kind: Kind, date: string): string {
  return kind === 'direct' ? say('You have been talking since {date}', { date }) : say('It began on {date}', { date });
}
