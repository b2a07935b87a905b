import type { ConversationSummary } from '@parlour/sdk/client';
import type { ConversationId } from '@parlour/sdk-react/ids';
import { useEffect, useRef } from 'react';
import { useRouter } from '../routing/router.tsx';
import { nextUnread } from './next-unread.ts';

/** Alt, Shift and the arrow down lead to the next conversation in which something is unread, wherever one is. */
export function useNextUnread(conversations: readonly ConversationSummary[], open: ConversationId | null): void {
  const { navigate } = useRouter();
  const newest = useRef({ conversations, open });
  newest.current = { conversations, open };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'ArrowDown' || !event.altKey || !event.shiftKey || event.isComposing) return;
      const conversation = nextUnread(newest.current.conversations, newest.current.open);
      if (conversation === null) return;
      event.preventDefault();
      navigate({ at: 'conversation', conversation });
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
