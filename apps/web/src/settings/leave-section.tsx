import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useConversations } from '@parlour/sdk-react/use-account';
import { useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { useRouter } from '../routing/router.tsx';
import { presentRefusal } from '../text/sentence.ts';
import './leave-section.css';

/** Logging out erases what this device keeps, so it asks before anything is lost. */
export function LeaveSection() {
  const client = useClient();
  const { navigate } = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const pendingCount = useConversations().reduce((count, summary) => count + summary.pendingCount + summary.failedCount, 0);

  // Whoever logs in next begins at the list.
  const leave = async () => {
    await client.logOut();
    navigate({ at: 'recents' }, { replace: true });
  };

  const leaveEverywhere = async () => {
    const answer = await client.logOutEverywhere();
    if (isRefused(answer)) setProblem(presentRefusal(answer));
    else navigate({ at: 'recents' }, { replace: true });
  };

  return (
    <section className="settings-section" aria-label={say('Log out')}>
      <h2>{say('Leave')}</h2>
      <div className="settings-actions settings-leave">
        <Button look="danger" onClick={() => (pendingCount === 0 ? void leave() : dialog.current?.showModal())}>
          {say('Log out')}
        </Button>
        <Button look="danger" onClick={() => void leaveEverywhere()}>
          {say('Log out everywhere')}
        </Button>
      </div>
      {problem !== null && <p role="alert">{problem}</p>}
      <dialog ref={dialog} className="leave-dialog" aria-labelledby="leave-title" onKeyDown={(event) => event.stopPropagation()}>
        <h3 id="leave-title">{say('Some messages were not sent')}</h3>
        <p>
          {say('{count, plural, one {One message waits} other {# messages wait}} on this device. Logging out erases what waits.', {
            count: pendingCount,
          })}
        </p>
        <form method="dialog" className="settings-actions">
          <Button type="submit">{say('Stay')}</Button>
          <Button look="danger" onClick={() => void leave()}>
            {say('Log out and erase')}
          </Button>
        </form>
      </dialog>
    </section>
  );
}
