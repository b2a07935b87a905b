import Copy from 'lucide-react/icons/copy';
import { useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { copyText } from '../device/copy-text.ts';
import { say } from '../language/say.ts';

/** What someone is found by, to hand on. */
export function CopyHandle({ handle }: { handle: string }) {
  const [said, setSaid] = useState('');
  const copy = async () => setSaid((await copyText(`@${handle}`)) ? say('Copied') : say('This browser does not let the page copy'));
  return (
    <p className="details-handle">
      <bdi>@{handle}</bdi>
      <IconButton label={say('Copy the handle')} onClick={() => void copy()}>
        <Copy size={16} strokeWidth={1.75} aria-hidden="true" />
      </IconButton>
      <span role="status">{said}</span>
    </p>
  );
}
