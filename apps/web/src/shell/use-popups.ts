import { useCallback, useEffect, useState } from 'react';
import { isCommand } from './platform-keys.ts';

export type Popup = 'switcher' | 'shortcuts';

/** What lies over the page; one at a time, opened by its key from anywhere. */
export function usePopups(): {
  readonly popup: Popup | null;
  readonly show: (popup: Popup) => void;
  readonly close: (popup: Popup) => void;
} {
  const [popup, show] = useState<Popup | null>(null);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (isCommand(event, 'k')) {
        event.preventDefault();
        show((now) => (now === 'switcher' ? null : 'switcher'));
      } else if (event.key === '?' && !isWriting(event.target) && document.querySelector('dialog[open]') === null) {
        event.preventDefault();
        show('shortcuts');
      }
    };
    window.addEventListener('keydown', open);
    return () => window.removeEventListener('keydown', open);
  }, []);
  // A browser tells late that something was closed: by then another may stand in its place.
  const close = useCallback((closed: Popup) => show((now) => (now === closed ? null : now)), []);
  return { popup, show, close };
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}
