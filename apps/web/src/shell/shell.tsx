import { useWatchedPeers } from '@parlour/sdk-react/use-watched-peers';
import Plus from 'lucide-react/icons/plus';
import Settings from 'lucide-react/icons/settings';
import { ConversationScreen } from '../conversation/conversation-screen.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { PeopleFinder } from '../people/people-finder.tsx';
import { RecentsList } from '../recents/recents-list.tsx';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { SettingsScreen } from '../settings/settings-screen.tsx';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Region } from './region.tsx';
import './shell.css';
import { useTitle } from './use-title.ts';

/** List and conversation side by side on a desk, one after the other on a phone. */
export function Shell() {
  const { route } = useRouter();
  useTitle();
  useWatchedPeers(route.at === 'conversation' ? route.conversation : null);
  const onPhone = route.at === 'conversation' || route.at === 'settings' ? 'main' : 'list';
  return (
    <div className="shell" data-on-phone={onPhone}>
      <ConnectionBanner />
      {/* Where nothing stands beside the list, it is what the page is about; the element stays the same, so that the list does. */}
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: either role has a name */}
      <div className="shell-list" role={onPhone === 'list' ? 'main' : 'complementary'} aria-label="Your conversations">
        <Region name="The list">{route.at === 'people' ? <PeopleFinder /> : <Home />}</Region>
      </div>
      <div className="shell-main">
        <Region key={route.at === 'conversation' ? route.conversation : route.at} name="This part">
          {route.at === 'conversation' && <ConversationScreen id={route.conversation} seq={route.seq ?? null} />}
          {route.at === 'settings' && <SettingsScreen />}
          {(route.at === 'recents' || route.at === 'people') && (
            <section className="shell-empty" aria-label="Conversation">
              <EmptyState title="A quiet room">Choose a conversation, or find someone to talk to.</EmptyState>
            </section>
          )}
        </Region>
      </div>
      <Announcer />
    </div>
  );
}

function Home() {
  return (
    <>
      <div className="shell-top">
        <h1 className="shell-name">Parlour</h1>
        <RouteLink to={{ at: 'people' }} className="icon-button" aria-label="Find a person">
          <Plus size={21} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <RouteLink to={{ at: 'settings' }} className="icon-button" aria-label="Settings">
          <Settings size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
      </div>
      <RecentsList />
    </>
  );
}
