import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import { useState } from 'react';
import { NotesAvatar } from '../design/avatar.tsx';
import { say } from '../language/say.ts';
import { useRouter } from '../routing/router.tsx';
import { presentRefusal } from '../text/sentence.ts';
import './notes-button.css';

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
          <strong>{say('Notes to self')}</strong>
          <span>{say('A place for what you want to keep')}</span>
        </span>
      </button>
      {problem !== null && <p role="alert">{problem}</p>}
    </>
  );
}
