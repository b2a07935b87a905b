import type { ConversationSummary, LastMessage } from '@parlour/sdk/client';
import { useMe, usePerson } from '@parlour/sdk-react/use-account';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { memo } from 'react';
import { useConversationTitle } from '../conversation/conversation-title.ts';
import { TypingNames } from '../conversation/typing-names.tsx';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { ReceiptTick } from '../design/receipt-tick.tsx';
import { say } from '../language/say.ts';
import { RouteLink } from '../routing/router.tsx';
import { presentUnread } from '../text/count.ts';
import { presentShort } from '../text/time.ts';
import { usePlainText } from '../text/use-markup.ts';
import './recents-row.css';

export const RecentsRow = memo(function RecentsRow({ summary, selected }: { summary: ConversationSummary; selected: boolean }) {
  const title = useConversationTitle(summary);
  const { id, peer, peerPresence, unread, last, activityAt } = summary;
  const me = useMe();
  const isNotes = peer !== null && peer.id === me?.id;
  const online = peerPresence?.presence === 'online' && !isNotes;
  return (
    <RouteLink
      to={{ at: 'conversation', conversation: id }}
      className={`recents-row ${unread > 0 ? 'recents-row-unread' : ''}`}
      aria-current={selected ? 'page' : undefined}
      data-conversation={id}
    >
      {isNotes ? (
        <NotesAvatar size="large" />
      ) : (
        <Avatar id={peer?.id ?? id} name={title} size="large" online={online} hue={summary.group?.hue} />
      )}
      <span className="recents-row-main">
        <span className="recents-row-line">
          <bdi className="recents-row-title">{title}</bdi>
          {online && <span className="visually-hidden">{say(', here now')}</span>}
          {last !== null && <time dateTime={new Date(activityAt).toISOString()}>{presentShort(activityAt, Date.now())}</time>}
        </span>
        <span className="recents-row-line recents-row-below">
          <Preview summary={summary} isOpen={selected} />
          {summary.failedCount > 0 && (
            <span className="recents-row-failed" role="img" aria-label={say('Not sent')}>
              <TriangleAlert size={16} aria-hidden="true" />
            </span>
          )}
          {unread > 0 && (
            <span className="recents-row-count">
              {presentUnread(unread)}
              <span className="visually-hidden"> {say('unread')}</span>
            </span>
          )}
        </span>
      </span>
    </RouteLink>
  );
});

/** One line: who writes now, what one began to write, unless it stands open beside it, or what was said last. */
function Preview({ summary: { typing, draft, last, type }, isOpen }: { summary: ConversationSummary; isOpen: boolean }) {
  if (typing.length > 0)
    return (
      <span className="recents-row-preview">
        <TypingNames people={typing} alone={type === 'direct'} />
      </span>
    );
  if (draft !== null && draft !== '' && !isOpen)
    return (
      <span className="recents-row-preview">
        <em>{say('Draft:')}</em>
        <span className="recents-row-said" dir="auto">
          {draft}
        </span>
      </span>
    );
  if (last === null) return <span className="recents-row-preview">{say('No messages yet')}</span>;
  return (
    <>
      {last.tick !== null && last.tick !== 'failed' && <ReceiptTick state={last.tick === 'clock' ? 'pending' : last.tick} />}
      <span className="recents-row-preview">
        <Author last={last} grouped={type === 'group'} />
        <LastText text={last.text} />
      </span>
    </>
  );
}

/** Cut at its end, which in some scripts is on the left. */
function LastText({ text }: { text: string }) {
  return (
    <span className="recents-row-said" dir="auto">
      {usePlainText(text)}
    </span>
  );
}

function Author({ last, grouped }: { last: LastMessage; grouped: boolean }) {
  const me = useMe();
  const author = usePerson(last.author);
  if (!grouped || last.author === me?.id || author === null) return null;
  return (
    <span className="recents-row-author">
      <bdi>{author.displayName}</bdi>:
    </span>
  );
}
