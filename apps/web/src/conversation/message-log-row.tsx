import type { Seq } from '@parlour/sdk-react/ids';
import { refuseHere } from '@parlour/sdk-react/refusal';
import { memo } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import { presentDay } from '../text/time.ts';
import { FoldLine } from './fold-line.tsx';
import type { FoldRow } from './folds.ts';
import { ActLine, LogLine } from './log-line.tsx';
import { type MessageActions, MessageBubble } from './message-bubble.tsx';
import type { Row } from './rows.ts';

type Props = {
  row: Row;
  grouped: boolean;
  flash: boolean;
  reachable: boolean;
  actions: MessageActions;
  onJump: (seq: Seq) => void;
  onFold: (fold: FoldRow) => void;
};

export const MessageLogRow = memo(function MessageLogRow({ row, onFold, ...rest }: Props) {
  switch (row.kind) {
    case 'day':
      return <p className="message-list-day">{presentDay(row.at, Date.now())}</p>;
    case 'new':
      return <p className="message-list-new">{say('New messages')}</p>;
    case 'line':
      return (
        <p className="message-list-line" data-seq={row.seq} data-key={row.key}>
          <LogLine item={row.item} />
        </p>
      );
    case 'fold':
      return <FoldLine fold={row} onToggle={onFold} />;
    case 'act':
      return <PendingActLine row={row} onDismiss={rest.actions.discard} />;
    case 'message':
      return <MessageBubble row={row} {...rest} />;
  }
});

/** Something that oneself does to the group and that is not there yet, or that was refused. */
function PendingActLine({ row, onDismiss }: { row: Extract<Row, { kind: 'act' }>; onDismiss: MessageActions['discard'] }) {
  const { act, key, error } = row.pending;
  return (
    <p className="message-list-line message-list-act" data-key={row.key} data-failed={error !== null || undefined}>
      <ActLine author={row.author} act={act} />
      {error === null ? (
        <span className="message-list-act-state">{say('on its way')}</span>
      ) : (
        <>
          <span className="message-list-act-state">{presentRefusal(refuseHere(error))}</span>
          <Button onClick={() => onDismiss(key)}>{say('Dismiss')}</Button>
        </>
      )}
    </p>
  );
}
