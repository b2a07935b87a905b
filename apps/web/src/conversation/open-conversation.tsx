import type { ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { useConversationSummary, useMe } from '@parlour/sdk-react/use-account';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import { type RefObject, useLayoutEffect, useRef } from 'react';
import { EmptyState } from '../design/empty-state.tsx';
import { DetailsPanel } from '../details/details-panel.tsx';
import { useIsBeside } from '../details/use-is-beside.ts';
import { say } from '../language/say.ts';
import type { Route } from '../routing/route.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { ClosedComposer, closedReason } from './closed-composer.tsx';
import { Composer, type ComposerHandle } from './composer.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { useConversationTitle } from './conversation-title.ts';
import { MessageLog, type MessageLogHandle } from './message-log.tsx';
import './open-conversation.css';

/** What stands on the screen while a conversation is open. `about`: its details too. */
export function OpenConversation({ view, seq, about }: { view: ConversationView; seq: Seq | null; about: boolean }) {
  const timeline = useTimeline(view);
  const summary = useConversationSummary(view.id);
  const title = useConversationTitle(summary);
  const me = useMe();
  const { navigate } = useRouter();
  const isBeside = useIsBeside();
  const log = useRef<MessageLogHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const aboutButton = useRef<HTMLButtonElement>(null);
  useFocusAfter(about, aboutButton);

  if (timeline.state === 'missing')
    return (
      <EmptyState isPage title={say('This conversation is not here')}>
        {say('It does not exist, or it is not yours to see.')}{' '}
        <RouteLink to={{ at: 'recents' }}>{say('Back to your conversations')}</RouteLink>
      </EmptyState>
    );
  if (me === null) return null;
  const closed = closedReason(summary);
  const here: Route = { at: 'conversation', conversation: view.id };
  const inPlace: Route = seq === null ? here : { ...here, seq };
  const closeAbout = () => navigate(inPlace, { back: true });
  const toggleAbout = () => (about ? closeAbout() : navigate({ ...inPlace, about: true }));
  const jumpTo = (place: Seq | 'first' | 'last') => {
    if (about && !isBeside) navigate(here, { back: true });
    else if (seq !== null) navigate(about ? { ...here, about } : here, { replace: true });
    void log.current?.jumpTo(place);
  };
  // Escape takes one step, and the details are nearer than what these lead to.
  const unlessAbout = (step: () => void) => () => {
    if (!about) step();
  };
  return (
    <div className="open-conversation" data-about={about || undefined}>
      <div className="conversation-column">
        <ConversationHeader
          summary={summary}
          title={title}
          typing={timeline.typing}
          aboutButton={aboutButton}
          isAboutOpen={about}
          onAbout={toggleAbout}
          onJump={jumpTo}
        />
        <MessageLog
          ref={log}
          view={view}
          me={me.id}
          seq={seq}
          grouped={summary?.type === 'group'}
          isCovered={about && !isBeside}
          onEscape={unlessAbout(() => composer.current?.focus())}
        />
        {closed === null ? (
          <Composer
            ref={composer}
            view={view}
            name={title}
            onSent={() => log.current?.sent()}
            onEscape={unlessAbout(() => log.current?.showEnd())}
          />
        ) : (
          <ClosedComposer reason={closed} />
        )}
      </div>
      {about && <DetailsPanel view={view} summary={summary} title={title} onJump={jumpTo} onClose={closeAbout} />}
    </div>
  );
}

/** What was closed while it had the focus gives it back to what opened it; who was elsewhere meanwhile stays there. */
function useFocusAfter(isOpen: boolean, opener: RefObject<HTMLElement | null>): void {
  const wasOpen = useRef(isOpen);
  useLayoutEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (wasOpen.current && !isOpen && isLost) opener.current?.focus({ preventScroll: true });
    wasOpen.current = isOpen;
  }, [isOpen, opener]);
}
