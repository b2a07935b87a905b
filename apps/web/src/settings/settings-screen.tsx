import { useMe } from '@parlour/sdk-react/use-account';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { LeaveSection } from './leave-section.tsx';
import { LoginsSection } from './logins-section.tsx';
import { PrivacySection } from './privacy-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import './settings-screen.css';

export function SettingsScreen() {
  const me = useMe();
  const { navigate } = useRouter();
  if (me === null) return null;
  return (
    <main className="settings" aria-label="Settings" onKeyDown={(event) => event.key === 'Escape' && navigate({ at: 'recents' })}>
      <header className="settings-header">
        <RouteLink to={{ at: 'recents' }} className="icon-button" aria-label="Back to your conversations">
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>Settings</h1>
      </header>
      <div className="settings-column">
        <ProfileSection key={me.id} me={me} />
        <PrivacySection />
        <LoginsSection />
        <LeaveSection />
      </div>
    </main>
  );
}
