import type { ServerFacts } from '@parlour/sdk/client';
import { useServerFacts } from '@parlour/sdk-react/use-server-facts';
import { useEffect, useState } from 'react';
import { Button } from '../design/button.tsx';
import { NameMark } from '../design/mark.tsx';
import { say, sayWith } from '../language/say.ts';
import { useRouter } from '../routing/router.tsx';
import './entrance.css';
import { LogInForm } from './log-in-form.tsx';
import { RegisterForm } from './register-form.tsx';

const patienceMs = 1_500;

/** What someone sees who is not logged in. What the server is decides what they most likely want, so it is asked first, but not waited for long. */
export function Entrance() {
  const facts = useServerFacts();
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setIsLate(true), patienceMs);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <main className="entrance">
      <div className="entrance-card">
        <NameMark />
        {(facts !== null || isLate) && <Door facts={facts} />}
      </div>
    </main>
  );
}

function Door({ facts }: { facts: ServerFacts | null }) {
  const { route } = useRouter();
  const inviter = route.at === 'with' ? route.handle : null;
  const isOpen = facts?.registration !== 'closed';
  const isFirst = facts?.isEmpty === true;
  const [isNew, setIsNew] = useState(isOpen && (isFirst || inviter !== null));
  return (
    <>
      <div>
        <h1 className={isNew && isFirst ? 'entrance-first' : ''}>
          {isNew ? (isFirst ? say('Make this place yours') : say('Create an account')) : say('Log in')}
        </h1>
        <Welcome isFirst={isFirst} isOpen={isOpen} inviter={inviter} />
      </div>
      {isNew ? <RegisterForm /> : <LogInForm />}
      {isOpen && !isFirst && (
        <p className="entrance-other">
          {isNew ? say('You have an account?') : say('New here?')}{' '}
          <Button onClick={() => setIsNew(!isNew)}>{isNew ? say('Log in instead') : say('Create an account')}</Button>
        </p>
      )}
    </>
  );
}

function Welcome({ isFirst, isOpen, inviter }: { isFirst: boolean; isOpen: boolean; inviter: string | null }) {
  if (isFirst && isOpen)
    return <p className="entrance-welcome">{say('Nobody lives here yet. Yours is the first account; then you bring in the others.')}</p>;
  if (isFirst)
    return (
      <p className="entrance-welcome">
        {sayWith('Nobody lives here yet, and registration is closed. Whoever runs the server makes the first account: {command}', {
          command: <code dir="ltr">parlour user create</code>,
        })}
      </p>
    );
  if (inviter !== null)
    return <p className="entrance-welcome">{sayWith('{name} would like to talk with you.', { name: <bdi>@{inviter}</bdi> })}</p>;
  if (!isOpen) return <p className="entrance-welcome">{say('Accounts here are made by whoever runs the server.')}</p>;
  return null;
}
