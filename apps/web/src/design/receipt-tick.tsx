import { type Message, say } from '../language/say.ts';
import './receipt-tick.css';

/** How far one's own message has come. Each has its own shape, so that no colour is needed to tell them apart. */
export type ReceiptState = 'pending' | 'sent' | 'received' | 'read';

const words: Record<ReceiptState, Message> = { pending: 'Waiting to be sent', sent: 'Sent', received: 'Received', read: 'Read' };

const oneTick = 'M6 6.6 8.8 9.4 14.6 2.6';
const twoTicks = 'M2 6.6 4.8 9.4 10.6 2.6M8.6 8.9 9 9.4 14.8 2.6';

export function ReceiptTick({ state }: { state: ReceiptState }) {
  return (
    <span className={`receipt-tick receipt-tick-${state}`} role="img" aria-label={say(words[state])} data-receipt={state}>
      {state === 'pending' ? (
        <svg aria-hidden="true" width="14" height="14" viewBox="0 0 24 24">
          <circle cx="12" cy="12" r="10" />
          <path d="M12 6v6h4" />
        </svg>
      ) : (
        <svg aria-hidden="true" width="18" height="12" viewBox="0 0 18 12">
          <path d={state === 'sent' ? oneTick : twoTicks} />
        </svg>
      )}
    </span>
  );
}
