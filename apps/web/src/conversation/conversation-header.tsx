import type { ConversationSummary } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useMe } from '@parlour/sdk-react/use-account';
import ArrowDownToLine from 'lucide-react/icons/arrow-down-to-line';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowUpToLine from 'lucide-react/icons/arrow-up-to-line';
import type { RefObject } from 'react';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { IconButton } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { RouteLink } from '../routing/router.tsx';
import './conversation-header.css';
import { PeerPresence } from './peer-presence.tsx';
import { TypingNames } from './typing-names.tsx';

type Props = {
  summary: ConversationSummary | null;
  title: string;
  typing: readonly PersonId[];
  aboutButton: RefObject<HTMLButtonElement | null>;
  isAboutOpen: boolean;
  onAbout: () => void;
  onJump: (place: 'first' | 'last') => void;
};

export function ConversationHeader({ summary, title, typing, aboutButton, isAboutOpen, onAbout, onJump }: Props) {
  const me = useMe();
  const isNotes = summary?.peer != null && summary.peer.id === me?.id;
  return (
    <header className="conversation-header">
      <RouteLink back to={{ at: 'recents' }} className="icon-button conversation-back" aria-label={say('Back to your conversations')}>
        <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
      </RouteLink>
      <div className="conversation-person">
        {isNotes ? <NotesAvatar /> : <Avatar id={summary?.peer?.id ?? summary?.id ?? ''} name={title} hue={summary?.group?.hue} />}
        <div className="conversation-who">
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <p className="conversation-state">
            {typing.length > 0 ? <TypingNames people={typing} alone={summary?.type !== 'group'} /> : <Standing summary={summary} />}
          </p>
        </div>
        {/* Over face and name, which stay a heading and its line for those who hear the page. */}
        <button
          ref={aboutButton}
          type="button"
          className="conversation-about"
          aria-label={say('About {name}', { name: title })}
          aria-expanded={isAboutOpen}
          onClick={onAbout}
        />
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
  const { peer, peerPresence } = summary;
  const isTold = peerPresence?.presence === 'online' || peerPresence?.lastSeenAt != null;
  if (peer === null || isTold) return <PeerPresence presence={peerPresence} />;
  return <bdi>@{peer.handle}</bdi>;
}
