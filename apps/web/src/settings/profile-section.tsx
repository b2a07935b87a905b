import type { Me, ProfileChanges } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useId, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Form, textOf } from '../design/form.tsx';
import { say } from '../language/say.ts';

export function ProfileSection({ me }: { me: Me }) {
  const client = useClient();
  const aboutId = useId();
  const [saved, setSaved] = useState(false);

  const save = async (fields: FormData) => {
    const wanted = {
      displayName: textOf(fields, 'displayName').trim(),
      handle: textOf(fields, 'handle').trim().replace(/^@/u, ''),
      about: textOf(fields, 'about').trim(),
    };
    const changes: ProfileChanges = {
      ...(wanted.displayName !== me.displayName && { displayName: wanted.displayName }),
      ...(wanted.handle !== me.handle && { handle: wanted.handle }),
      ...(wanted.about !== me.about && { about: wanted.about }),
    };
    const answer = Object.keys(changes).length === 0 ? me : await client.updateProfile(changes);
    setSaved(!isRefused(answer));
    return answer;
  };

  return (
    <section className="settings-section" aria-label={say('Profile')}>
      <h2>{say('Profile')}</h2>
      <Form className="settings-form" onSubmit={save} onChange={() => setSaved(false)}>
        {(busy) => (
          <>
            <Field label={say('Name')} name="displayName" defaultValue={me.displayName} maxLength={64} autoComplete="name" required />
            <Field
              label={say('Handle')}
              name="handle"
              defaultValue={me.handle}
              minLength={3}
              maxLength={33}
              autoCapitalize="none"
              autoComplete="username"
              spellCheck={false}
              required
            />
            <div className="field">
              <label htmlFor={aboutId}>{say('About')}</label>
              <textarea id={aboutId} name="about" rows={2} defaultValue={me.about} maxLength={500} />
            </div>
            <div className="settings-actions">
              <Button type="submit" look="filled" disabled={busy}>
                {say('Save')}
              </Button>
              <span role="status" className="settings-note">
                {saved && say('Saved')}
              </span>
            </div>
          </>
        )}
      </Form>
    </section>
  );
}
