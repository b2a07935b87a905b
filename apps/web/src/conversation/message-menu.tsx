import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import Copy from 'lucide-react/icons/copy';
import EyeOff from 'lucide-react/icons/eye-off';
import Info from 'lucide-react/icons/info';
import Link from 'lucide-react/icons/link';
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef } from 'react';
import { copyText } from '../device/copy-text.ts';
import { leftOf } from '../language/direction.ts';
import { say } from '../language/say.ts';
import { presentRoute } from '../routing/route.ts';
import './message-menu.css';
import { type Place, Popup } from './popup.tsx';
import type { MessageRow } from './rows.ts';

/**
 * `opening`: of its own for each time it opens, as the browser tells late that the last one was closed.
 * `at`: where it was asked for. `back`: what has the focus again once it is gone.
 */
export type OpenMenu = { readonly opening: number; readonly row: MessageRow; readonly at: Place; readonly back: HTMLElement | null };

type Props = Omit<OpenMenu, 'opening'> & {
  conversation: ConversationId;
  onClose: () => void;
  onMarkUnread: (seq: Seq) => void;
  onDetails: (row: MessageRow) => void;
  onSaid: (words: string) => void;
};

/** What one can do with a message. It stands above everything, so that nothing moves for it. */
export function MessageMenu({ row, at, back, conversation, onClose, onMarkUnread, onDetails, onSaid }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  useEffect(() => popup.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus(), []);
  const close = useCallback(() => {
    onClose();
    back?.focus({ preventScroll: true });
  }, [onClose, back]);
  const { seq } = row;

  const copy = async (text: string) => {
    close();
    onSaid((await copyText(text)) ? say('Copied') : say('This browser does not let the page copy'));
  };
  const item = (icon: ReactNode, words: string, act: () => void) => (
    <button type="button" role="menuitem" tabIndex={-1} className="message-menu-item" onClick={act}>
      {icon}
      {words}
    </button>
  );
  const look = { size: 18, strokeWidth: 1.75, 'aria-hidden': true } as const;
  return (
    <Popup
      ref={popup}
      role="menu"
      aria-label={say('Message')}
      className="message-menu"
      place={({ width }) => ({ left: leftOf(at.left, width), top: at.top })}
      onClose={close}
      onKeyDown={moveInMenu}
    >
      {item(<Copy {...look} />, say('Copy text'), () => void copy(row.text))}
      {seq !== null &&
        item(
          <Link {...look} />,
          say('Copy link'),
          () => void copy(window.location.origin + presentRoute({ at: 'conversation', conversation, seq })),
        )}
      {seq !== null &&
        item(<EyeOff {...look} />, say('Mark unread from here'), () => {
          close();
          onMarkUnread(seq);
        })}
      {seq !== null &&
        row.own &&
        item(<Info {...look} />, say('Who read it'), () => {
          close();
          onDetails(row);
        })}
    </Popup>
  );
}

function moveInMenu(event: KeyboardEvent<HTMLElement>): void {
  // A menu has one stop of the Tab key, and none beyond it.
  if (event.key === 'Tab') return event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const index = items.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  // The list of messages below has arrows of its own.
  event.stopPropagation();
  items[(next + items.length) % items.length]?.focus();
}
