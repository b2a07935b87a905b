import { type ComponentProps, type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import './popup.css';

type Size = { readonly width: number; readonly height: number };
export type Place = { readonly left: number; readonly top: number };

type Props = Omit<ComponentProps<'div'>, 'popover' | 'onToggle'> & {
  ref?: RefObject<HTMLDivElement | null>;
  /** Where its upper left corner should stand, of its own size in a window of that size; it is kept within the window. */
  place: (own: Size, view: Size) => Place;
  onClose: () => void;
  children: ReactNode;
};

const marginPx = 8;

/** Above everything for as long as it stands. Escape, the system's back and a press elsewhere close it, as the platform sees fit. */
export function Popup({ ref, place, onClose, className = '', children, onKeyDown, ...props }: Props) {
  const own = useRef<HTMLDivElement>(null);
  const element = ref ?? own;
  const newest = useRef({ place, onClose });
  newest.current = { place, onClose };

  useLayoutEffect(() => {
    const popup = element.current;
    if (popup === null) return;
    const onToggle = (event: ToggleEvent) => {
      if (event.newState === 'closed') newest.current.onClose();
    };
    popup.addEventListener('toggle', onToggle);
    popup.showPopover();
    return () => {
      popup.removeEventListener('toggle', onToggle);
      if (popup.isConnected && popup.matches(':popover-open')) popup.hidePopover();
    };
  }, [element]);

  useEffect(() => {
    const popup = element.current;
    if (popup === null) return;
    const stand = () => {
      const size = { width: popup.offsetWidth, height: popup.offsetHeight };
      const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
      const { left, top } = newest.current.place(size, view);
      popup.style.left = `${within(left, view.width - size.width)}px`;
      popup.style.top = `${within(top, view.height - size.height)}px`;
    };
    stand();
    const observer = new ResizeObserver(stand);
    observer.observe(popup);
    window.addEventListener('resize', stand);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', stand);
    };
  }, [element]);

  // At once: the browser would hide it and say so a moment later, and a key pressed between would meet what is no longer seen.
  const closeByKey = (event: KeyboardEvent<HTMLDivElement>) => {
    onKeyDown?.(event);
    if (event.key !== 'Escape' || event.defaultPrevented || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    onClose();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: whoever opens it says what it is
    <div {...props} ref={element} popover="auto" className={`popup ${className}`} onKeyDown={closeByKey}>
      {children}
    </div>
  );
}

function within(wanted: number, room: number): number {
  return Math.max(marginPx, Math.min(wanted, room - marginPx));
}
