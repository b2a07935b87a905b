import { useMe } from '@parlour/sdk-react/use-account';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { useEscape } from '../shell/escape-ladder.ts';
import { AppearanceSection } from './appearance-section.tsx';
import { LeaveSection } from './leave-section.tsx';
import { LoginsSection } from './logins-section.tsx';
import { NoticesSection } from './notices-section.tsx';
import { PrivacySection } from './privacy-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import './settings-screen.css';

export function SettingsScreen() {
  const me = useMe();
  const { navigate } = useRouter();
  // From anywhere on the page, as whoever came here by keyboard still stands on the link that leads here.
  useEscape('panel', () => navigate({ at: 'recents' }, { back: true }));
  if (me === null) return null;
  return (
    <main className="settings" aria-label={say('Settings')} data-region>
      <header className="settings-header">
        <RouteLink back to={{ at: 'recents' }} className="icon-button" aria-label={say('Back to your conversations')}>
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>{say('Settings')}</h1>
      </header>
      <div className="settings-column">
        <ProfileSection key={me.id} me={me} />
        <AppearanceSection />
        <NoticesSection />
        <PrivacySection />
        <LoginsSection />
        <LeaveSection />
      </div>
    </main>
  );
}
