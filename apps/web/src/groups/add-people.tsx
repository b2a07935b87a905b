import type { ConversationView, Member, Person } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Form } from '../design/form.tsx';
import { say } from '../language/say.ts';
import { PeoplePicker } from './people-picker.tsx';

type Props = { readonly view: ConversationView; readonly members: readonly Member[]; readonly onClose: () => void };

/** Several at once; whoever was added is no longer chosen, so that what was refused is seen by who is left. */
export function AddPeople({ view, members, onClose }: Props) {
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const add = async () => {
    const asked = chosen.map(async (person) => ({
      person,
      done: await view.act({ kind: 'add', body: { person: person.id, role: 'member' } }),
    }));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ done }) => isRefused(done));
    setChosen(refused.map(({ person }) => person));
    if (refused.length === 0) onClose();
    return refused[0]?.done;
  };
  return (
    <Dialog label={say('Add people')} onClose={onClose}>
      <Form className="group-dialog" onSubmit={add}>
        {(busy) => (
          <>
            <h2>{say('Add people')}</h2>
            <PeoplePicker chosen={chosen} onChoose={setChosen} isIn={(person) => members.some((member) => member.person.id === person)} />
            <div className="group-dialog-actions">
              <Button onClick={onClose}>{say('Cancel')}</Button>
              <Button look="filled" type="submit" disabled={busy || chosen.length === 0}>
                {say('Add')}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}
