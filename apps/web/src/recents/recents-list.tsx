import type { ConversationSummary } from '@parlour/sdk/client';
import { useConversations, useStatus } from '@parlour/sdk-react/use-account';
import Archive from 'lucide-react/icons/archive';
import ChevronDown from 'lucide-react/icons/chevron-down';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { Virtualizer } from 'virtua';
import { EmptyState } from '../design/empty-state.tsx';
import { say, sayWith } from '../language/say.ts';
import { LatePart } from '../loading/late-part.tsx';
import { RouteLink, useRouter } from '../routing/router.tsx';
import './recents-list.css';
import { rowMenuPart } from '../shell/late-parts.ts';
import { useIsPhone } from '../shell/use-is-phone.ts';
import { RecentsRow } from './recents-row.tsx';
import type { OpenRowMenu } from './row-menu.tsx';
import { useFirstLook } from './use-first-look.ts';
import { useNextUnread } from './use-next-unread.ts';

/** Every conversation, the most recent first. */
export function RecentsList() {
  const conversations = useConversations();
  const { synced } = useStatus();
  const { route } = useRouter();
  const isPhone = useIsPhone();
  const selected = route.at === 'conversation' ? route.conversation : null;
  const [menu, setMenu] = useState<OpenRowMenu | null>(null);
  const [showsArchive, setShowsArchive] = useState(false);
  const { shown, archived } = useMemo(() => inPlaces(conversations), [conversations]);
  const rows = useMemo<readonly ListRow[]>(
    () => [...shown, ...(archived.length > 0 ? ['archive' as const] : []), ...(showsArchive ? archived : [])],
    [shown, archived, showsArchive],
  );
  useNextUnread(shown, selected);
  useFirstLook(shown[0]?.id ?? null, !isPhone || route.at === 'recents');
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
      <Virtualizer data={rows} as="ul" item="li">
        {(row: ListRow) =>
          row === 'archive' ? (
            <button
              key="archive"
              type="button"
              className="recents-archive"
              aria-expanded={showsArchive}
              onClick={() => setShowsArchive(!showsArchive)}
            >
              <Archive size={18} strokeWidth={1.75} aria-hidden="true" />
              {say('{count, plural, one {# archived} other {# archived}}', { count: archived.length })}
              <ChevronDown size={16} strokeWidth={1.75} aria-hidden="true" />
            </button>
          ) : (
            <RecentsRow key={row.id} summary={row} selected={row.id === selected} onMenu={setMenu} />
          )
        }
      </Virtualizer>
      {menu !== null && (
        <LatePart late={rowMenuPart}>
          {({ RowMenu }) => <RowMenu key={menu.opening} {...menu} title={menu.summary.title} onClose={() => setMenu(null)} />}
        </LatePart>
      )}
    </nav>
  );
}

type ListRow = ConversationSummary | 'archive';

/** What is pinned stands at the top, what is archived out of the way; either by what was said last. */
function inPlaces(conversations: readonly ConversationSummary[]) {
  const shown = conversations.filter(({ keeping }) => !keeping.isArchived);
  const [pinned, others] = [true, false].map((is) => shown.filter(({ keeping }) => keeping.isPinned === is));
  return { shown: [...(pinned ?? []), ...(others ?? [])], archived: conversations.filter(({ keeping }) => keeping.isArchived) };
}

function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('a, .recents-archive')];
  const index = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[index + (event.key === 'ArrowDown' ? 1 : -1)];
  if (index === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
}
