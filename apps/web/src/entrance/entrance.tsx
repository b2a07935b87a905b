import { useState } from 'react';
import { Button } from '../design/button.tsx';
import './entrance.css';
import { LogInForm } from './log-in-form.tsx';
import { RegisterForm } from './register-form.tsx';

/** What someone sees who is not logged in. */
export function Entrance() {
  const [isNew, setIsNew] = useState(false);
  return (
    <main className="entrance">
      <div className="entrance-card">
        <p className="entrance-name">Parlour</p>
        <h1>{isNew ? 'Create an account' : 'Log in'}</h1>
        {isNew ? <RegisterForm /> : <LogInForm />}
        <p className="entrance-other">
          {isNew ? 'You have an account?' : 'New here?'}{' '}
          <Button onClick={() => setIsNew(!isNew)}>{isNew ? 'Log in instead' : 'Create an account'}</Button>
        </p>
      </div>
    </main>
  );
}
