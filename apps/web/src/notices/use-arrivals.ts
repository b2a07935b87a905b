import type { ConversationSummary } from '@parlour/sdk/client';
import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { useConversations, useMe, useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useRef } from 'react';

/** Hears of the conversations in which somebody else just said something: once each time, and never of what was there before. */
export function useArrivals(onArrival: (arrived: readonly ConversationSummary[]) => void): void {
  const conversations = useConversations();
  const me = useMe();
  const { synced } = useStatus();
  const heard = useRef<Map<ConversationId, Seq> | null>(null);
  const newest = useRef(onArrival);
  newest.current = onArrival;

  useEffect(() => {
    const known = heard.current;
    heard.current =
      synced || known !== null ? new Map(conversations.flatMap(({ id, last }) => (last?.seq == null ? [] : [[id, last.seq]]))) : null;
    if (known === null || !synced) return;
    const isNew = ({ id, last }: ConversationSummary) => last?.seq != null && last.author !== me?.id && last.seq > (known.get(id) ?? 0);
    const arrived = conversations.filter(isNew);
    if (arrived.length > 0) newest.current(arrived);
  }, [conversations, me, synced]);
}
