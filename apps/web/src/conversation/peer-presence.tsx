import type { PersonPresence } from '@parlour/sdk/client';
import { say } from '../language/say.ts';
import { presentMoment } from '../text/time.ts';
import './peer-presence.css';

/** Whether someone is here, or when they last were, as far as they tell. */
export function PeerPresence({ presence }: { presence: PersonPresence | null }) {
  if (presence?.presence === 'online') return <span className="peer-here">{say('here now')}</span>;
  if (presence?.lastSeenAt == null) return null;
  return <>{say('last here {moment}', { moment: presentMoment(presence.lastSeenAt, Date.now()) })}</>;
}
