import type { Me } from '@parlour/sdk/client';
import { useServerFacts } from '@parlour/sdk-react/use-server-facts';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { copyText } from '../device/copy-text.ts';
import { say, sayWith } from '../language/say.ts';
import { LateModule } from '../loading/late-module.ts';
import { LatePart } from '../loading/late-part.tsx';
import './invitation-card.css';
import { invitationLink, isLoopback } from './invitation-link.ts';

const qrPart = new LateModule(() => import('./qr-code.tsx'));

/** The link that leads others here, to read, to copy, to photograph and, where the device can, to hand on. */
export function InvitationCard({ me }: { me: Me }) {
  const facts = useServerFacts();
  const [said, setSaid] = useState('');
  const link = invitationLink(me.handle, window.location.origin, facts);
  const copy = async () => setSaid((await copyText(link)) ? say('Copied') : say('Select the link and copy it'));
  const isClosed = facts?.registration === 'closed';
  return (
    <div className="invitation-card">
      <div className="qr-place">
        <LatePart late={qrPart}>{({ QrCode }) => <QrCode text={link} label={say('Your invitation, for a camera')} />}</LatePart>
      </div>
      <div className="invitation-main">
        <input
          aria-label={say('Your invitation link')}
          className="invitation-link"
          readOnly
          value={link}
          onFocus={(event) => event.target.select()}
        />
        <div className="invitation-actions">
          <Button look="filled" onClick={() => void copy()}>
            {say('Copy link')}
          </Button>
          {'share' in navigator && <Button onClick={() => void share(link)}>{say('Share')}</Button>}
          <span role="status">{said}</span>
        </div>
        {isClosed && <p className="invitation-note">{say('Registration is closed here: whoever runs the server makes the accounts.')}</p>}
        {isLoopback(link) && (
          <p className="invitation-note">
            {sayWith(
              'This link works on this computer only. To let others in, start Parlour with {option} and open it by this computer’s address.',
              {
                option: <code dir="ltr">--host 0.0.0.0</code>,
              },
            )}
          </p>
        )}
      </div>
    </div>
  );
}

async function share(url: string): Promise<void> {
  // Whoever closes the system's sheet has not shared, and that is all right.
  await navigator.share({ title: 'Parlour', text: say('Talk with me on Parlour'), url }).catch(() => {});
}
