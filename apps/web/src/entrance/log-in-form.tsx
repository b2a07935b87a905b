import { useClient } from '@parlour/sdk-react/provider';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Form, textOf } from '../design/form.tsx';

export function LogInForm() {
  const client = useClient();
  return (
    <Form
      className="entrance-form"
      aria-label="Log in"
      onSubmit={(fields) => client.logIn({ name: textOf(fields, 'name').trim(), password: textOf(fields, 'password') })}
    >
      {(busy) => (
        <>
          <Field label="Handle or e-mail" name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          <Button type="submit" look="filled" disabled={busy}>
            Log in
          </Button>
        </>
      )}
    </Form>
  );
}
