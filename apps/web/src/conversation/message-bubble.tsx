import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import Ellipsis from 'lucide-react/icons/ellipsis';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { personHue } from '../design/person-hue.ts';
import { ReceiptTick } from '../design/receipt-tick.tsx';
import { say } from '../language/say.ts';
import { presentClock, presentFull } from '../text/time.ts';
import { usePlainText } from '../text/use-markup.ts';
import './message-bubble.css';
import './message-bubble-compact.css';
import type { OpenMenu } from './message-menu.tsx';
import { MessageText } from './message-text.tsx';
import { PersonName, usePersonName } from './person-name.tsx';
import type { MessageRow, Quote } from './rows.ts';
import { useMenuTriggers } from './use-menu-triggers.ts';

export type MessageActions = {
  readonly retry: (key: string) => void;
  readonly discard: (key: string) => void;
  readonly openMenu: (menu: OpenMenu) => void;
  readonly showDetails: (row: MessageRow) => void;
};

type Props = {
  row: MessageRow;
  /** Whether names and faces are needed to tell who speaks. */
  grouped: boolean;
  flash: boolean;
  reachable: boolean;
  actions: MessageActions;
  onJump: (seq: Seq) => void;
};

export function MessageBubble({ row, grouped, flash, reachable, actions, onJump }: Props) {
  const name = usePersonName(row.author);
  const showsAuthor = grouped && !row.own;
  const { ref, openBelow, ...triggers } = useMenuTriggers(row, actions.openMenu);
  const classes = [
    'message',
    row.own && 'message-own',
    row.first && 'message-first',
    row.last && 'message-last',
    showsAuthor && 'message-faced',
  ];
  return (
    <article
      {...triggers}
      ref={ref}
      className={classes.filter(Boolean).join(' ')}
      aria-label={say('{name}, {time}', { name: row.own ? say('You') : name, time: presentClock(row.at) })}
      data-key={row.key}
      data-seq={row.seq ?? undefined}
      data-flash={flash || undefined}
      tabIndex={reachable ? 0 : -1}
    >
      {showsAuthor && (row.first ? <Avatar id={row.author} name={name} size="small" /> : <span className="message-gutter" />)}
      <div className="message-bubble">
        {showsAuthor && row.first && <AuthorName id={row.author} />}
        {row.quote !== null && <QuoteButton quote={row.quote} onJump={onJump} />}
        <div className="message-body">
          {row.action && <em className="message-action">{showsAuthor || !row.own ? <PersonName id={row.author} /> : say('You')} </em>}
          <MessageText text={row.text} />
          <Meta row={row} onDetails={actions.showDetails} />
        </div>
        {row.pending?.state === 'failed' && <Failure pending={row.pending} actions={actions} />}
        <button
          type="button"
          className="message-more"
          aria-label={say('Message actions')}
          aria-haspopup="menu"
          tabIndex={reachable ? 0 : -1}
          onClick={(event) => openBelow(event.currentTarget)}
        >
          <Ellipsis size={18} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </div>
    </article>
  );
}

function AuthorName({ id }: { id: PersonId }) {
  return (
    <p className="message-author" style={{ '--hue': personHue(id) } as React.CSSProperties}>
      <PersonName id={id} />
    </p>
  );
}

function Meta({ row, onDetails }: { row: MessageRow; onDetails: (row: MessageRow) => void }) {
  return (
    <span className="message-meta" title={presentFull(row.at)}>
      <time dateTime={new Date(row.at).toISOString()}>{presentClock(row.at)}</time>
      <Tick row={row} onDetails={onDetails} />
    </span>
  );
}

/** Who wants to know more than the tick says presses it; by keyboard, the same is among the message's actions. */
function Tick({ row, onDetails }: { row: MessageRow; onDetails: (row: MessageRow) => void }) {
  if (row.tick === null || row.tick === 'failed') return null;
  // Its place is kept, so that nothing moves when it is durable.
  if (row.tick === 'keeping') return <span className="message-keeping" />;
  const tick = <ReceiptTick state={row.tick === 'clock' ? 'pending' : row.tick} />;
  if (row.seq === null) return tick;
  return (
    <button type="button" className="message-tick" tabIndex={-1} title={say('Who read it')} onClick={() => onDetails(row)}>
      {tick}
    </button>
  );
}

/** Two lines whatever is known of the message, so that nothing moves when it comes into the window. */
function QuoteButton({ quote, onJump }: { quote: Quote; onJump: (seq: Seq) => void }) {
  const text = usePlainText(quote.text);
  return (
    <button type="button" className="message-quote" onClick={() => onJump(quote.seq)}>
      <span className="message-quote-author">{quote.author === null ? say('An earlier message') : <PersonName id={quote.author} />}</span>
      <span className="message-quote-text" dir="auto">
        {text ?? say('Show it')}
      </span>
    </button>
  );
}

function Failure({ pending, actions }: { pending: NonNullable<MessageRow['pending']>; actions: MessageActions }) {
  return (
    <div className="message-failure">
      <TriangleAlert size={16} aria-hidden="true" />
      <span>{say('Not sent')}</span>
      <Button onClick={() => actions.retry(pending.key)}>{say('Send again')}</Button>
      <Button look="danger" onClick={() => actions.discard(pending.key)}>
        {say('Discard')}
      </Button>
    </div>
  );
}
