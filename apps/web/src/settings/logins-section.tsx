import type { Login } from '@parlour/sdk/client';
import type { LoginId } from '@parlour/sdk-react/ids';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import { presentMoment } from '../text/time.ts';
import { presentLoginLabel } from './login-label.ts';

type Loaded = { readonly logins: readonly Login[]; readonly problem: string | null };

/** Everywhere one is logged in, and the way to end it from here. */
export function LoginsSection() {
  const client = useClient();
  const [{ logins, problem }, setLoaded] = useState<Loaded>({ logins: [], problem: null });
  const load = useCallback(async () => {
    const answer = await client.logins();
    setLoaded((known) => (isRefused(answer) ? { ...known, problem: presentRefusal(answer) } : { logins: answer, problem: null }));
  }, [client]);
  useEffect(() => void load(), [load]);

  const end = async (id: LoginId) => {
    const answer = await client.endLogin(id);
    if (isRefused(answer)) setLoaded((known) => ({ ...known, problem: presentRefusal(answer) }));
    else await load();
  };

  return (
    <section className="settings-section" aria-label={say('Logins')}>
      <h2>{say('Where you are logged in')}</h2>
      <ul>
        {logins.map((login) => (
          <li key={login.id} className="settings-login">
            <div className="settings-login-what">
              <bdi>{presentLoginLabel(login.label)}</bdi>
              <p className="settings-note">
                <bdi>{login.address}</bdi>
                {say(', ')}
                {login.current ? say('this one') : say('last used {moment}', { moment: presentMoment(login.lastUsedAt, Date.now()) })}
              </p>
            </div>
            {!login.current && (
              <Button look="danger" onClick={() => void end(login.id)}>
                {say('End')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p className="settings-note" role="alert">
          {problem} <Button onClick={() => void load()}>{say('Try again')}</Button>
        </p>
      )}
    </section>
  );
}
