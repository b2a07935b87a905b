import type { ConversationSummary } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useMe } from '@parlour/sdk-react/use-account';
import ArrowDownToLine from 'lucide-react/icons/arrow-down-to-line';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowUpToLine from 'lucide-react/icons/arrow-up-to-line';
import { Avatar } from '../design/avatar.tsx';
import { IconButton } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { RouteLink } from '../routing/router.tsx';
import { presentMoment } from '../text/time.ts';
import './conversation-header.css';
import { TypingNames } from './typing-names.tsx';

type Props = {
  summary: ConversationSummary | null;
  title: string;
  typing: readonly PersonId[];
  onJump: (place: 'first' | 'last') => void;
};

export function ConversationHeader({ summary, title, typing, onJump }: Props) {
  return (
    <header className="conversation-header">
      <RouteLink back to={{ at: 'recents' }} className="icon-button conversation-back" aria-label={say('Back to your conversations')}>
        <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
      </RouteLink>
      <Avatar id={summary?.peer?.id ?? summary?.id ?? ''} name={title} />
      <div className="conversation-who">
        <h1>
          <bdi>{title}</bdi>
        </h1>
        <p className="conversation-state">
          {typing.length > 0 ? <TypingNames people={typing} alone={summary?.type !== 'group'} /> : <Standing summary={summary} />}
        </p>
      </div>
      <IconButton label={say('Jump to the first message')} onClick={() => onJump('first')}>
        <ArrowUpToLine size={19} strokeWidth={1.75} aria-hidden="true" />
      </IconButton>
      <IconButton label={say('Jump to the last message')} onClick={() => onJump('last')}>
        <ArrowDownToLine size={19} strokeWidth={1.75} aria-hidden="true" />
      </IconButton>
    </header>
  );
}

/** Where the other person is, or how many there are. */
function Standing({ summary }: { summary: ConversationSummary | null }) {
  const me = useMe();
  if (summary === null) return null;
  if (summary.type === 'group') return <>{say('{count, plural, one {# person} other {# people}}', { count: summary.memberCount })}</>;
  if (summary.peer?.id === me?.id) return <>{say('only you see this')}</>;
  const presence = summary.peerPresence;
  if (presence?.presence === 'online') return <span className="conversation-here">{say('here now')}</span>;
  if (presence?.lastSeenAt != null) return <>{say('last here {moment}', { moment: presentMoment(presence.lastSeenAt, Date.now()) })}</>;
  return summary.peer === null ? null : <bdi>@{summary.peer.handle}</bdi>;
}
