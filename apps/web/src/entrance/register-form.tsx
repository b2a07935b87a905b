import { useClient } from '@parlour/sdk-react/provider';
import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Form, textOf } from '../design/form.tsx';
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
    <Form className="entrance-form" aria-label="Create an account" onSubmit={register}>
      {(busy) => (
        <>
          <Field
            label="Name"
            name="displayName"
            hint="What others call you"
            autoComplete="name"
            maxLength={64}
            required
            onInput={nameChanged}
          />
          <Field
            label="Handle"
            name="handle"
            hint="How others find you: letters, digits, dots"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            minLength={3}
            maxLength={33}
            value={handle.value}
            onChange={(event) => setHandle({ value: event.target.value, isOwn: event.target.value !== '' })}
            required
          />
          <Field label="E-mail" name="email" type="email" hint="Only you see it" autoComplete="email" maxLength={254} required />
          <Field
            label="Password"
            name="password"
            type="password"
            hint="At least 8 characters, hard to guess"
            autoComplete="new-password"
            minLength={8}
            maxLength={256}
            required
          />
          <Button type="submit" look="filled" disabled={busy}>
            Create account
          </Button>
        </>
      )}
    </Form>
  );
}
