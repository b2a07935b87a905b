import { useSyncExternalStore } from 'react';

/** Where the list and what it leads to stand one after the other; the style sheets say the same. */
const phone = '(max-width: 700px)';

export const isPhone = (): boolean => window.matchMedia(phone).matches;

function subscribe(onChange: () => void): () => void {
  const query = window.matchMedia(phone);
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

export function useIsPhone(): boolean {
  return useSyncExternalStore(subscribe, isPhone);
}
