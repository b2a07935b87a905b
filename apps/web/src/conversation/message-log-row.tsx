import type { Seq } from '@parlour/sdk-react/ids';
import { memo } from 'react';
import { say, sayWith } from '../language/say.ts';
import { presentDay } from '../text/time.ts';
import { type MessageActions, MessageBubble } from './message-bubble.tsx';
import { PersonName } from './person-name.tsx';
import type { Row } from './rows.ts';

type Props = {
  row: Row;
  grouped: boolean;
  flash: boolean;
  reachable: boolean;
  actions: MessageActions;
  onJump: (seq: Seq) => void;
};

export const MessageLogRow = memo(function MessageLogRow({ row, ...rest }: Props) {
  switch (row.kind) {
    case 'day':
      return <p className="message-list-day">{presentDay(row.at, Date.now())}</p>;
    case 'new':
      return <p className="message-list-new">{say('New messages')}</p>;
    case 'line':
      return (
        <p className="message-list-line" data-seq={row.seq} data-key={row.key}>
          <Line item={row.item} />
        </p>
      );
    case 'message':
      return <MessageBubble row={row} {...rest} />;
  }
});

/** What happened without being said. */
function Line({ item }: { item: Extract<Row, { kind: 'line' }>['item'] }) {
  switch (item.kind) {
    case 'create':
      return item.title === null ? say('This is where it begins') : <bdi>{item.title}</bdi>;
    case 'add':
      return sayWith('{name} joined', { name: <PersonName id={item.person} /> });
    case 'remove':
      return sayWith('{name} left', { name: <PersonName id={item.person} /> });
    case 'notice':
      return <bdi>{item.text}</bdi>;
    case 'erased':
      return say('This message was deleted');
    case 'unknown':
      return null;
  }
}
