import type { ConversationSummary } from '@parlour/sdk/client';
import { useConversations, useStatus } from '@parlour/sdk-react/use-account';
import type { KeyboardEvent } from 'react';
import { Virtualizer } from 'virtua';
import { EmptyState } from '../design/empty-state.tsx';
import { say, sayWith } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import './recents-list.css';
import { useIsPhone } from '../shell/use-is-phone.ts';
import { RecentsRow } from './recents-row.tsx';
import { useFirstLook } from './use-first-look.ts';
import { useNextUnread } from './use-next-unread.ts';

/** Every conversation, the most recent first. */
export function RecentsList() {
  const conversations = useConversations();
  const { synced } = useStatus();
  const { route } = useRouter();
  const isPhone = useIsPhone();
  const selected = route.at === 'conversation' ? route.conversation : null;
  useNextUnread(conversations, selected);
  useFirstLook(conversations[0]?.id ?? null, !isPhone || route.at === 'recents');
  if (conversations.length === 0)
    return synced ? (
      <EmptyState title={say('Nobody here yet')}>
        {sayWith('<link>Find a person</link> by handle or name, and say hello.', {
          link: (words: string) => <RouteLink to={{ at: 'people' }}>{words}</RouteLink>,
        })}
      </EmptyState>
    ) : (
      <p className="recents-waiting" role="status">
        {say('Your conversations are on their way.')}
      </p>
    );
  return (
    <nav className="recents-list" aria-label={say('Conversations')} onKeyDown={moveBetweenRows}>
      <Virtualizer data={conversations} as="ul" item="li">
        {(summary: ConversationSummary) => <RecentsRow key={summary.id} summary={summary} selected={summary.id === selected} />}
      </Virtualizer>
    </nav>
  );
}

function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('a')];
  const index = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[index + (event.key === 'ArrowDown' ? 1 : -1)];
  if (index === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
}
