import type { ConversationSummary, LastMessage } from '@parlour/sdk/client';
import { isMuted } from '@parlour/sdk-react/keeping';
import { useMe, usePerson } from '@parlour/sdk-react/use-account';
import BellOff from 'lucide-react/icons/bell-off';
import Pin from 'lucide-react/icons/pin';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { memo, useEffect, useRef, useState } from 'react';
import { useConversationTitle } from '../conversation/conversation-title.ts';
import { TypingNames } from '../conversation/typing-names.tsx';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { MenuTriggers } from '../design/menu-triggers.ts';
import { ReceiptTick } from '../design/receipt-tick.tsx';
import { say } from '../language/say.ts';
import { RouteLink } from '../routing/router.tsx';
import { presentUnread } from '../text/count.ts';
import { presentShort } from '../text/time.ts';
import { usePlainText } from '../text/use-markup.ts';
import './recents-row.css';
import type { OpenRowMenu } from './row-menu.tsx';

type Props = {
  readonly summary: ConversationSummary;
  readonly selected: boolean;
  readonly onMenu: (menu: OpenRowMenu) => void;
};

export const RecentsRow = memo(function RecentsRow({ summary, selected, onMenu }: Props) {
  const triggers = useRowMenuTriggers(summary, onMenu);
  const muted = isMuted(summary.keeping, Date.now() as Parameters<typeof isMuted>[1]);
  const title = useConversationTitle(summary);
  const { id, peer, peerPresence, unread, last, activityAt } = summary;
  const me = useMe();
  const isNotes = peer !== null && peer.id === me?.id;
  const online = peerPresence?.presence === 'online' && !isNotes;
  return (
    <RouteLink
      to={{ at: 'conversation', conversation: id }}
      {...triggers}
      className={`recents-row ${unread > 0 && !muted ? 'recents-row-unread' : ''}`}
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
          {muted && (
            <span className="recents-row-kept" role="img" aria-label={say('Muted')}>
              <BellOff size={14} strokeWidth={1.75} aria-hidden="true" />
            </span>
          )}
          {summary.keeping.isPinned && (
            <span className="recents-row-kept" role="img" aria-label={say('Pinned')}>
              <Pin size={14} strokeWidth={1.75} aria-hidden="true" />
            </span>
          )}
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
            <span className={`recents-row-count ${muted ? 'recents-row-count-muted' : ''}`}>
              {presentUnread(unread)}
              <span className="visually-hidden"> {say('unread')}</span>
            </span>
          )}
        </span>
      </span>
    </RouteLink>
  );
});

let openings = 0;

function useRowMenuTriggers(summary: ConversationSummary, onMenu: Props['onMenu']) {
  const ref = useRef<HTMLAnchorElement>(null);
  const newest = useRef({ summary, onMenu });
  newest.current = { summary, onMenu };
  const [triggers] = useState(
    () =>
      new MenuTriggers(ref, (left, top, back) => {
        openings += 1;
        newest.current.onMenu({ opening: openings, summary: newest.current.summary, at: { left, top }, back });
      }),
  );
  useEffect(() => triggers.endPress, [triggers]);
  const { onClick, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, endPress } = triggers;
  return { ref, onClick, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: endPress };
}

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
