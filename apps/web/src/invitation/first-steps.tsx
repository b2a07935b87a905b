import { useMe } from '@parlour/sdk-react/use-account';
import { say, sayWith } from '../language/say.ts';
import { RouteLink } from '../routing/router.tsx';
import './first-steps.css';
import { InvitationCard } from './invitation-card.tsx';

/** What there is to do for someone who has spoken with nobody yet. */
export function FirstSteps() {
  const me = useMe();
  if (me === null) return null;
  return (
    <div className="first-steps">
      <h2 className="first-steps-title">{say('Who will you talk to?')}</h2>
      <p>{say('Send this link to somebody. It leads them straight to you.')}</p>
      <InvitationCard me={me} />
      <p>
        {sayWith('Or <link>find a person</link> who is here already.', {
          link: (words: string) => <RouteLink to={{ at: 'people' }}>{words}</RouteLink>,
        })}
      </p>
    </div>
  );
}
