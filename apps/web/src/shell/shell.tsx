import { useConversations, useStatus } from '@parlour/sdk-react/use-account';
import { useWatchedPeers } from '@parlour/sdk-react/use-watched-peers';
import Plus from 'lucide-react/icons/plus';
import Settings from 'lucide-react/icons/settings';
import { ConversationScreen } from '../conversation/conversation-screen.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { NotesButton } from '../invitation/notes-button.tsx';
import { say } from '../language/say.ts';
import { LatePart } from '../loading/late-part.tsx';
import { useLateModule } from '../loading/use-late-module.ts';
import { useBadges } from '../notices/use-badges.ts';
import { useNotices } from '../notices/use-notices.ts';
import { RecentsList } from '../recents/recents-list.tsx';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { useEscape } from './escape-ladder.ts';
import {
  acceptPart,
  firstStepsPart,
  invitePart,
  newGroupPart,
  peoplePart,
  settingsPart,
  shortcutsPart,
  updatePart,
  useLateParts,
} from './late-parts.ts';
import { QuickSwitcher } from './quick-switcher.tsx';
import { Region } from './region.tsx';
import { useRegionKeys } from './region-steps.ts';
import { SearchField } from './search-field.tsx';
import './shell.css';
import { useIsPhone } from './use-is-phone.ts';
import { usePopups } from './use-popups.ts';
import { useVisibleHeight } from './visible-height.ts';

/** List and conversation side by side on a desk, one after the other on a phone. */
export function Shell() {
  const { route } = useRouter();
  const { popup, show, close } = usePopups();
  useLateParts();
  useBadges();
  useNotices();
  useRegionKeys();
  useVisibleHeight();
  useWatchedPeers(route.at === 'conversation' ? route.conversation : null);
  useEscape('present', focusComposer, route.at === 'conversation');
  const onPhone = ['recents', 'people', 'new_group'].includes(route.at) ? 'list' : 'main';
  return (
    <div className="shell" data-on-phone={onPhone}>
      <ConnectionBanner />
      {/* Where nothing stands beside the list, it is what the page is about; the element stays the same, so that the list does. */}
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: either role has a name */}
      <div className="shell-list" role={onPhone === 'list' ? 'main' : 'complementary'} aria-label={say('Your conversations')} data-region>
        <Region broken="The list stopped working">
          {route.at === 'people' && (
            <LatePart isPage late={peoplePart}>
              {({ PeopleFinder }) => <PeopleFinder />}
            </LatePart>
          )}
          {route.at === 'new_group' && (
            <LatePart isPage late={newGroupPart}>
              {({ NewGroup }) => <NewGroup />}
            </LatePart>
          )}
          {route.at !== 'people' && route.at !== 'new_group' && <Home onSearch={() => show('switcher')} />}
        </Region>
        <LateUpdateNotice />
      </div>
      <div className="shell-main">
        <Region
          key={route.at === 'conversation' ? route.conversation : route.at}
          isMain={onPhone === 'main'}
          broken="This part stopped working"
        >
          {route.at === 'conversation' && (
            <ConversationScreen id={route.conversation} seq={route.seq ?? null} about={route.about ?? false} />
          )}
          {route.at === 'settings' && (
            <LatePart isMain late={settingsPart}>
              {({ SettingsScreen }) => <SettingsScreen />}
            </LatePart>
          )}
          {route.at === 'invite' && (
            <LatePart isMain late={invitePart}>
              {({ InviteScreen }) => <InviteScreen />}
            </LatePart>
          )}
          {route.at === 'with' && (
            <LatePart isMain late={acceptPart}>
              {({ AcceptInvitation }) => <AcceptInvitation key={route.handle} handle={route.handle} />}
            </LatePart>
          )}
          {onPhone === 'list' && <NothingChosen />}
        </Region>
      </div>
      <Region broken="What lies over the page stopped working">
        {popup === 'switcher' && <QuickSwitcher onClose={() => close('switcher')} />}
        {popup === 'shortcuts' && (
          <LatePart late={shortcutsPart}>{({ ShortcutSheet }) => <ShortcutSheet onClose={() => close('shortcuts')} />}</LatePart>
        )}
      </Region>
      <Announcer />
    </div>
  );
}

/** The present is where one writes; from there the composer itself leads down to the newest message. */
function focusComposer(): void {
  document.querySelector<HTMLElement>('.shell-main textarea')?.focus();
}

/** Someone who has spoken with nobody yet, as far as the server says. */
function useIsNewcomer(): boolean {
  const isEmpty = useConversations().length === 0;
  const { synced } = useStatus();
  return isEmpty && synced;
}

function LateFirstSteps() {
  return <LatePart late={firstStepsPart}>{({ FirstSteps }) => <FirstSteps />}</LatePart>;
}

/** Nobody waits for it, so it says nothing where it could not be had. */
function LateUpdateNotice() {
  const { module } = useLateModule(updatePart);
  return module === null ? null : <module.UpdateNotice />;
}

function NothingChosen() {
  const isNewcomer = useIsNewcomer();
  const isPhone = useIsPhone();
  if (isPhone) return null;
  return (
    <section className="shell-empty" aria-label={say('Conversation')}>
      {isNewcomer ? (
        <LateFirstSteps />
      ) : (
        <EmptyState title={say('A quiet room')}>{say('Choose a conversation, or find someone to talk to.')}</EmptyState>
      )}
    </section>
  );
}

/** What stands in place of the list until there is one. */
function NoConversations() {
  const isPhone = useIsPhone();
  return (
    <div className="shell-no-list">
      <NotesButton />
      {isPhone && <LateFirstSteps />}
    </div>
  );
}

function Home({ onSearch }: { onSearch: () => void }) {
  const isNewcomer = useIsNewcomer();
  return (
    <>
      <div className="shell-top">
        <h1 className="shell-name">Parlour</h1>
        <RouteLink to={{ at: 'people' }} className="icon-button" aria-label={say('Find a person')}>
          <Plus size={21} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <RouteLink to={{ at: 'settings' }} className="icon-button" aria-label={say('Settings')}>
          <Settings size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
      </div>
      <SearchField onOpen={onSearch} />
      {isNewcomer ? <NoConversations /> : <RecentsList />}
    </>
  );
}
