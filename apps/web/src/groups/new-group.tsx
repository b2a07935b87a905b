import type { Person } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { focusFirst } from '../design/focus-first.ts';
import { Form, textOf } from '../design/form.tsx';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { useEscape } from '../shell/escape-ladder.ts';
import { titleLengthMax } from './group-limits.ts';
import './new-group.css';
import { PeoplePicker } from './people-picker.tsx';

/** Begins a group: a name, and whoever is in it from the first moment on. */
export function NewGroup() {
  const client = useClient();
  const { navigate } = useRouter();
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  useEscape('panel', () => navigate({ at: 'people' }, { back: true }));

  const begin = async (fields: FormData) => {
    const group = await client.createGroup({ title: textOf(fields, 'title'), members: chosen.map(({ id }) => id) });
    if (!isRefused(group)) navigate({ at: 'conversation', conversation: group }, { replace: true });
    return group;
  };

  return (
    <section className="new-group" aria-label={say('New group')}>
      <div className="people-finder-top">
        <RouteLink back to={{ at: 'people' }} className="icon-button" aria-label={say('Back')}>
          <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />
        </RouteLink>
        <h1>{say('New group')}</h1>
      </div>
      <Form className="new-group-form" onSubmit={begin}>
        {(busy) => (
          <>
            <Field {...focusFirst} label={say('Name of the group')} name="title" maxLength={titleLengthMax} required autoComplete="off" />
            <fieldset className="new-group-people">
              <legend>{say('Who is in it')}</legend>
              <PeoplePicker chosen={chosen} onChoose={setChosen} />
            </fieldset>
            <Button look="filled" type="submit" disabled={busy}>
              {say('Begin the group')}
            </Button>
            <p className="new-group-note">{say('You own it. More can be added at any time.')}</p>
          </>
        )}
      </Form>
    </section>
  );
}
