import { useConversations } from '@parlour/sdk-react/use-account';
import { useEffect } from 'react';

/** Puts how much is unread into the name of the tab. */
export function useTitle(): void {
  const unread = useConversations().reduce((count, summary) => count + summary.unread, 0);
  useEffect(() => {
    document.title = unread === 0 ? 'Parlour' : `(${unread > 999 ? '999+' : unread}) Parlour`;
    return () => {
      document.title = 'Parlour';
    };
  }, [unread]);
}
