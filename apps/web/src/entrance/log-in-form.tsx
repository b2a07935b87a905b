import { useClient } from '@parlour/sdk-react/provider';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Form, textOf } from '../design/form.tsx';
import { say } from '../language/say.ts';

export function LogInForm() {
  const client = useClient();
  return (
    <Form
      className="entrance-form"
      aria-label={say('Log in')}
      onSubmit={(fields) => client.logIn({ name: textOf(fields, 'name').trim(), password: textOf(fields, 'password') })}
    >
      {(busy) => (
        <>
          <Field label={say('Handle or e-mail')} name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
          <Field label={say('Password')} name="password" type="password" autoComplete="current-password" required />
          <Button type="submit" look="filled" disabled={busy}>
            {say('Log in')}
          </Button>
        </>
      )}
    </Form>
  );
}
