import type { ConversationView, Reader } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useSettings } from '@parlour/sdk-react/use-account';
import { useEffect, useRef, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { ReceiptTick } from '../design/receipt-tick.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import { presentExact } from '../text/time.ts';
import './message-details.css';
import { PersonName, usePersonName } from './person-name.tsx';
import type { MessageRow } from './rows.ts';

type Props = { view: ConversationView; row: MessageRow; onClose: () => void };
type State = 'asking' | { readonly readers: readonly Reader[] } | { readonly problem: string };

/** When a message was sent, whom it reached, and who read it when. */
export function MessageDetails({ view, row, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { receipts } = useSettings();
  const [state, setState] = useState<State>('asking');
  const { seq } = row;

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (seq === null) return;
    let stale = false;
    void view.readersOf(seq).then((answer) => {
      if (!stale) setState(isRefused(answer) ? { problem: presentRefusal(answer) } : { readers: answer });
    });
    return () => {
      stale = true;
    };
  }, [view, seq]);

  return (
    <dialog
      ref={dialog}
      className="message-details"
      aria-labelledby="message-details-title"
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === event.currentTarget && dialog.current?.close()}
    >
      <div className="message-details-inner">
        <h2 id="message-details-title">{say('Who read it')}</h2>
        <p className="message-details-sent">{say('Sent {moment}', { moment: presentExact(row.at) })}</p>
        {state === 'asking' && <p role="status">{say('One moment.')}</p>}
        {typeof state === 'object' && 'problem' in state && <p role="alert">{state.problem}</p>}
        {typeof state === 'object' && 'readers' in state && <Readers readers={state.readers} />}
        {!receipts && <p className="message-details-note">{say('You do not tell what you read, so you are not told what others read.')}</p>}
        <form method="dialog">
          <Button type="submit">{say('Close')}</Button>
        </form>
      </div>
    </dialog>
  );
}

function Readers({ readers }: { readers: readonly Reader[] }) {
  if (readers.length === 0) return <p>{say('Nobody else is told to have received it.')}</p>;
  return (
    <ul className="message-details-readers">
      {readers.map((reader) => (
        <ReaderLine key={reader.person} reader={reader} />
      ))}
    </ul>
  );
}

function ReaderLine({ reader: { person, isRead, isReceived, readAt } }: { reader: Reader }) {
  const name = usePersonName(person);
  return (
    <li>
      <Avatar id={person} name={name} size="small" />
      <span className="message-details-name">
        <PersonName id={person} />
      </span>
      <span className="message-details-when">{standingOf({ isRead, isReceived, readAt })}</span>
      {(isRead || isReceived) && (
        <span aria-hidden="true">
          <ReceiptTick state={isRead ? 'read' : 'received'} />
        </span>
      )}
    </li>
  );
}

function standingOf({ isRead, isReceived, readAt }: Pick<Reader, 'isRead' | 'isReceived' | 'readAt'>): string {
  if (isRead) return readAt === null ? say('Read') : say('Read {moment}', { moment: presentExact(readAt) });
  return isReceived ? say('Received') : say('Not received yet');
}
