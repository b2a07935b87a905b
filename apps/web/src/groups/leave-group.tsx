import type { ConversationView } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Form } from '../design/form.tsx';
import { say } from '../language/say.ts';

/** Asks first, as one does not come back by oneself. */
export function LeaveGroup({ view, title }: { readonly view: ConversationView; readonly title: string }) {
  const me = useMe();
  const [isAsking, setAsking] = useState(false);
  if (me === null) return null;
  const leave = async () => {
    const done = await view.act({ kind: 'remove', body: { person: me.id } });
    if (!isRefused(done)) setAsking(false);
    return done;
  };
  return (
    <section className="details-section">
      <Button look="danger" onClick={() => setAsking(true)}>
        {say('Leave the group')}
      </Button>
      {isAsking && (
        <Dialog label={say('Leave the group')} onClose={() => setAsking(false)}>
          <Form className="group-dialog" onSubmit={leave}>
            {(busy) => (
              <>
                <h2>{say('Leave {title}?', { title })}</h2>
                <p>{say('What was said until now stays on your devices. To come back, somebody has to add you.')}</p>
                <div className="group-dialog-actions">
                  <Button onClick={() => setAsking(false)}>{say('Stay')}</Button>
                  <Button look="danger" type="submit" disabled={busy}>
                    {say('Leave')}
                  </Button>
                </div>
              </>
            )}
          </Form>
        </Dialog>
      )}
    </section>
  );
}
