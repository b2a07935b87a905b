import type { ConversationView, Timeline } from '@parlour/sdk/client';
import { useLayoutEffect, useState } from 'react';
import type { ConversationId } from './ids.ts';
import { useClient } from './provider.ts';
import { useObservable } from './use-observable.ts';

/** A look into one conversation for as long as the component stands; null only before the first paint of it. */
export function useConversationView(id: ConversationId): ConversationView | null {
  const client = useClient();
  const [view, setView] = useState<ConversationView | null>(null);
  useLayoutEffect(() => {
    const opened = client.conversation(id);
    setView(opened);
    return () => opened.close();
  }, [client, id]);
  return view?.id === id ? view : null;
}

/** A text begun and not sent. */
export function useDraft(view: ConversationView): string | null {
  return useObservable(view.draft);
}

export function useTimeline(view: ConversationView): Timeline {
  return useObservable(view.timeline);
}
