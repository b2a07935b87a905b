import { useConversations } from '@parlour/sdk-react/use-account';
import { useEffect } from 'react';
import { drawFavicon, titleWith } from './favicon.ts';
import { isQuiet } from './quiet.ts';

type Badged = Navigator & { setAppBadge?: (count: number) => Promise<void>; clearAppBadge?: () => Promise<void> };

/** Puts how much is unread into the name of the tab, its icon, and the icon of the installed app. */
export function useBadges(): void {
  // What is muted or archived asks for nobody.
  const unread = useConversations().reduce((count, summary) => count + (isQuiet(summary) ? 0 : summary.unread), 0);
  useEffect(() => {
    document.title = titleWith(unread);
    const { setAppBadge, clearAppBadge } = navigator as Badged;
    const told = unread === 0 ? clearAppBadge?.call(navigator) : setAppBadge?.call(navigator, unread);
    // A system without badges says no, and there is nothing to be done about it.
    void told?.catch(() => {});
    return showFavicon(unread);
  }, [unread]);
  useEffect(
    () => () => {
      document.title = titleWith(0);
      void (navigator as Badged).clearAppBadge?.().catch(() => {});
    },
    [],
  );
}

/** @returns puts back what was there */
function showFavicon(unread: number): () => void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null || unread === 0) return () => {};
  const before = link.getAttribute('href') ?? '';
  const drawn = URL.createObjectURL(new Blob([drawFavicon(unread)], { type: 'image/svg+xml' }));
  link.href = drawn;
  return () => {
    link.href = before;
    URL.revokeObjectURL(drawn);
  };
}
