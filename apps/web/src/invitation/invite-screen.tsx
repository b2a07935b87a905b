import { useMe } from '@parlour/sdk-react/use-account';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { useEscape } from '../shell/escape-ladder.ts';
import '../settings/settings-screen.css';
import { InvitationCard } from './invitation-card.tsx';

/** How others come to talk with one. */
export function InviteScreen() {
  const me = useMe();
  const { navigate } = useRouter();
  useEscape('panel', () => navigate({ at: 'recents' }, { back: true }));
  if (me === null) return null;
  return (
    <main className="settings" aria-label={say('Invite people')} data-region>
      <header className="settings-header">
        <RouteLink back to={{ at: 'recents' }} className="icon-button" aria-label={say('Back to your conversations')}>
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>{say('Invite people')}</h1>
      </header>
      <div className="settings-column">
        <p>{say('Whoever opens this link makes an account, and then talks with you.')}</p>
        <InvitationCard me={me} />
      </div>
    </main>
  );
}
