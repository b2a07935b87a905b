import type { ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { useConversationSummary, useMe } from '@parlour/sdk-react/use-account';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import { useRef } from 'react';
import { EmptyState } from '../design/empty-state.tsx';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { Composer, type ComposerHandle } from './composer.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { useConversationTitle } from './conversation-title.ts';
import { MessageLog, type MessageLogHandle } from './message-log.tsx';

/** What stands on the screen while a conversation is open. */
export function OpenConversation({ view, seq }: { view: ConversationView; seq: Seq | null }) {
  const timeline = useTimeline(view);
  const summary = useConversationSummary(view.id);
  const title = useConversationTitle(summary);
  const me = useMe();
  const { navigate } = useRouter();
  const log = useRef<MessageLogHandle>(null);
  const composer = useRef<ComposerHandle>(null);

  if (timeline.state === 'missing')
    return (
      <EmptyState isPage title={say('This conversation is not here')}>
        {say('It does not exist, or it is not yours to see.')}{' '}
        <RouteLink to={{ at: 'recents' }}>{say('Back to your conversations')}</RouteLink>
      </EmptyState>
    );
  if (me === null) return null;
  const jumpTo = (place: Seq | 'first' | 'last') => {
    if (seq !== null) navigate({ at: 'conversation', conversation: view.id }, { replace: true });
    void log.current?.jumpTo(place);
  };
  return (
    <>
      <ConversationHeader summary={summary} title={title} typing={timeline.typing} onJump={jumpTo} />
      <MessageLog
        ref={log}
        view={view}
        me={me.id}
        seq={seq}
        grouped={summary?.type === 'group'}
        onEscape={() => composer.current?.focus()}
      />
      <Composer
        ref={composer}
        view={view}
        draft={timeline.draft}
        name={title}
        onSent={() => log.current?.sent()}
        onEscape={() => log.current?.showEnd()}
      />
    </>
  );
}
