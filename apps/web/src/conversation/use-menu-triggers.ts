import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { startOf } from '../language/direction.ts';
import type { OpenMenu } from './message-menu.tsx';
import type { MessageRow } from './rows.ts';

const longPressMs = 450;
/** A finger that moves further scrolls. */
const movedPx = 10;

let openings = 0;

/** Everything that asks for a message's menu: the right button, the keyboard's own keys for it, and a finger that stays. */
export function useMenuTriggers(row: MessageRow, open: (menu: OpenMenu) => void) {
  const ref = useRef<HTMLElement>(null);
  const newest = useRef({ row, open });
  newest.current = { row, open };
  const [triggers] = useState(() => {
    const openAt = (left: number, top: number, back: HTMLElement | null) => {
      openings += 1;
      newest.current.open({ opening: openings, row: newest.current.row, at: { left, top }, back });
    };
    return new MenuTriggers(ref, openAt);
  });
  useEffect(() => triggers.endPress, [triggers]);
  const { openBelow, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, endPress } = triggers;
  return { ref, openBelow, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: endPress };
}

type OpenAt = (left: number, top: number, back: HTMLElement | null) => void;
type Press = { readonly timer: number; readonly x: number; readonly y: number; readonly isLong: boolean };

class MenuTriggers {
  readonly #message: { readonly current: HTMLElement | null };
  readonly #openAt: OpenAt;
  #press: Press | null = null;

  constructor(message: { readonly current: HTMLElement | null }, openAt: OpenAt) {
    this.#message = message;
    this.#openAt = openAt;
  }

  readonly openBelow = (element: HTMLElement): void => {
    const box = element.getBoundingClientRect();
    this.#openAt(startOf(box), box.bottom + 4, element);
  };

  readonly onContextMenu = (event: MouseEvent): void => {
    // A link, and words that are selected, have the browser's own menu.
    if (isLink(event.target) || window.getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    this.endPress();
    this.#openAt(event.clientX, event.clientY, this.#message.current);
  };

  readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
    event.preventDefault();
    const box = this.#message.current?.querySelector('.message-bubble')?.getBoundingClientRect();
    this.#openAt(box === undefined ? 0 : startOf(box), Math.max(box?.top ?? 0, 0) + 8, this.#message.current);
  };

  readonly onPointerDown = (event: PointerEvent): void => {
    this.endPress();
    if (event.pointerType !== 'touch' || isLink(event.target)) return;
    const { clientX: x, clientY: y } = event;
    const timer = window.setTimeout(() => {
      this.#press = { timer, x, y, isLong: true };
      this.#message.current?.setAttribute('data-pressed', '');
    }, longPressMs);
    this.#press = { timer, x, y, isLong: false };
  };

  readonly onPointerMove = ({ clientX, clientY }: PointerEvent): void => {
    const press = this.#press;
    if (press !== null && Math.hypot(clientX - press.x, clientY - press.y) > movedPx) this.endPress();
  };

  /** Where the browser makes no menu of a long press by itself, it opens as the finger leaves: opened before, that would close it again. */
  readonly onPointerUp = (): void => {
    const press = this.#press;
    this.endPress();
    if (press?.isLong) window.setTimeout(() => this.#openAt(press.x, press.y, this.#message.current));
  };

  readonly endPress = (): void => {
    if (this.#press !== null) window.clearTimeout(this.#press.timer);
    this.#message.current?.removeAttribute('data-pressed');
    this.#press = null;
  };
}

function isLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a') !== null;
}
