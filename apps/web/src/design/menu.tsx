import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef } from 'react';
import { leftOf } from '../language/direction.ts';
import './menu.css';
import { type Place, Popup } from './popup.tsx';

export type MenuItem = { readonly icon: ReactNode; readonly words: string; readonly act: () => void };

type Props = {
  readonly label: string;
  /** Where it was asked for. */
  readonly at: Place;
  /** What has the focus again once it is gone. */
  readonly back: HTMLElement | null;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
};

/** How an icon of it looks. */
export const menuIcon = { size: 18, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** What one can do with something. It stands above everything, so that nothing moves for it, and is gone before what was chosen is done. */
export function Menu({ label, at, back, items, onClose }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  useEffect(() => popup.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus(), []);
  const close = useCallback(() => {
    onClose();
    back?.focus({ preventScroll: true });
  }, [onClose, back]);
  return (
    <Popup
      ref={popup}
      role="menu"
      aria-label={label}
      className="menu"
      place={({ width }) => ({ left: leftOf(at.left, width), top: at.top })}
      onClose={close}
      onKeyDown={moveInMenu}
    >
      {items.map(({ icon, words, act }) => (
        <button
          key={words}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className="menu-item"
          onClick={() => {
            close();
            act();
          }}
        >
          {icon}
          {words}
        </button>
      ))}
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
  // What lies below may have arrows of its own.
  event.stopPropagation();
  items[(next + items.length) % items.length]?.focus();
}
