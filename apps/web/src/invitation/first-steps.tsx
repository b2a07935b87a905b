import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import { useState } from 'react';
import { NotesAvatar } from '../design/avatar.tsx';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { presentRefusal } from '../text/sentence.ts';
import './first-steps.css';
import { InvitationCard } from './invitation-card.tsx';

/** What there is to do for someone who has spoken with nobody yet. */
export function FirstSteps() {
  const me = useMe();
  if (me === null) return null;
  return (
    <div className="first-steps">
      <h2 className="first-steps-title">Who will you talk to?</h2>
      <p>Send this link to somebody. It leads them straight to you.</p>
      <InvitationCard me={me} />
      <p>
        Or <RouteLink to={{ at: 'people' }}>find a person</RouteLink> who is here already.
      </p>
    </div>
  );
}

/** Opens what one writes to oneself. */
export function NotesButton() {
  const client = useClient();
  const me = useMe();
  const { navigate } = useRouter();
  const [problem, setProblem] = useState<string | null>(null);
  const open = async () => {
    if (me === null) return;
    const conversation = await client.openDirect(me.id);
    if (isRefused(conversation)) setProblem(presentRefusal(conversation));
    else navigate({ at: 'conversation', conversation });
  };
  return (
    <>
      <button type="button" className="notes-button" onClick={() => void open()}>
        <NotesAvatar />
        <span>
          <strong>Notes to self</strong>
          <span>A place for what you want to keep</span>
        </span>
      </button>
      {problem !== null && <p role="alert">{problem}</p>}
    </>
  );
}
