import type { KeyboardEvent, MouseEvent, PointerEvent } from 'react';
import { startOf } from '../language/direction.ts';

const longPressMs = 450;
/** A finger that moves further scrolls. */
const movedPx = 10;

export type OpenAt = (left: number, top: number, back: HTMLElement | null) => void;
type Press = { readonly timer: number; readonly x: number; readonly y: number; readonly isLong: boolean };

/** Everything that asks for a menu: the right button, the keyboard's own keys for it, and a finger that stays. */
export class MenuTriggers {
  readonly #element: { readonly current: HTMLElement | null };
  readonly #anchor: string | null;
  readonly #openAt: OpenAt;
  #press: Press | null = null;
  #swallowsClick = false;

  /** @param anchor what within it the keyboard opens the menu over; null: itself */
  constructor(element: { readonly current: HTMLElement | null }, openAt: OpenAt, anchor: string | null = null) {
    this.#element = element;
    this.#anchor = anchor;
    this.#openAt = openAt;
  }

  readonly openBelow = (element: HTMLElement): void => {
    const box = element.getBoundingClientRect();
    this.#openAt(startOf(box), box.bottom + 4, element);
  };

  readonly onContextMenu = (event: MouseEvent): void => {
    // A link, and words that are selected, have the browser's own menu.
    if (this.#isLinkWithin(event.target) || window.getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    this.endPress();
    this.#openAt(event.clientX, event.clientY, this.#element.current);
  };

  readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
    event.preventDefault();
    const element = this.#element.current;
    const box = (this.#anchor === null ? element : element?.querySelector(this.#anchor))?.getBoundingClientRect();
    this.#openAt(box === undefined ? 0 : startOf(box), Math.max(box?.top ?? 0, 0) + 8, this.#element.current);
  };

  readonly onPointerDown = (event: PointerEvent): void => {
    this.endPress();
    if (event.pointerType !== 'touch' || this.#isLinkWithin(event.target)) return;
    const { clientX: x, clientY: y } = event;
    const timer = window.setTimeout(() => {
      this.#press = { timer, x, y, isLong: true };
      this.#element.current?.setAttribute('data-pressed', '');
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
    if (!press?.isLong) return;
    this.#swallowsClick = true;
    window.setTimeout(() => {
      this.#swallowsClick = false;
      this.#openAt(press.x, press.y, this.#element.current);
    });
  };

  /** For what is pressed by a click too: the one that ends a long press is none. */
  readonly onClick = (event: MouseEvent): void => {
    if (this.#swallowsClick) event.preventDefault();
  };

  readonly endPress = (): void => {
    if (this.#press !== null) window.clearTimeout(this.#press.timer);
    this.#element.current?.removeAttribute('data-pressed');
    this.#press = null;
  };

  /** A link that is the whole of it has this menu; one within it, its own. */
  #isLinkWithin(target: EventTarget): boolean {
    const link = target instanceof Element ? target.closest('a') : null;
    return link !== null && link !== this.#element.current;
  }
}
