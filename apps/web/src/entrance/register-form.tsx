import { useClient } from '@parlour/sdk-react/provider';
import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Form, textOf } from '../design/form.tsx';
import { say } from '../language/say.ts';
import { suggestHandle } from './handle-suggestion.ts';

export function RegisterForm() {
  const client = useClient();
  const [handle, setHandle] = useState({ value: '', isOwn: false });
  const nameChanged = ({ currentTarget: { value } }: FormEvent<HTMLInputElement>) =>
    setHandle((now) => (now.isOwn ? now : { value: suggestHandle(value), isOwn: false }));
  const register = (fields: FormData) =>
    client.register({
      displayName: textOf(fields, 'displayName').trim(),
      handle: textOf(fields, 'handle').trim().replace(/^@/u, ''),
      email: textOf(fields, 'email').trim(),
      password: textOf(fields, 'password'),
    });
  return (
    <Form className="entrance-form" aria-label={say('Create an account')} onSubmit={register}>
      {(busy) => (
        <>
          <Field
            label={say('Name')}
            name="displayName"
            hint={say('What others call you')}
            autoComplete="name"
            maxLength={64}
            required
            onInput={nameChanged}
          />
          <Field
            label={say('Handle')}
            name="handle"
            hint={say('How others find you: letters, digits, dots')}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            minLength={3}
            maxLength={33}
            value={handle.value}
            onChange={(event) => setHandle({ value: event.target.value, isOwn: event.target.value !== '' })}
            required
          />
          <Field
            label={say('E-mail')}
            name="email"
            type="email"
            hint={say('Only you see it')}
            autoComplete="email"
            maxLength={254}
            required
          />
          <Field
            label={say('Password')}
            name="password"
            type="password"
            hint={say('At least 8 characters, hard to guess')}
            autoComplete="new-password"
            minLength={8}
            maxLength={256}
            required
          />
          <Button type="submit" look="filled" disabled={busy}>
            {say('Create account')}
          </Button>
        </>
      )}
    </Form>
  );
}
