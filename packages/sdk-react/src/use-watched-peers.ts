import type { ConversationSummary } from '@parlour/sdk/client';
import { useEffect, useMemo } from 'react';
import type { ConversationId, PersonId } from './ids.ts';
import { useClient } from './provider.ts';
import { useConversations } from './use-account.ts';

/** As many as one connection may watch; the SDK would leave out the rest. */
const watchedMax = 200;

/**
 * Asks for the presence of the people one speaks with: the one on the screen, then the most recent ones.
 * @param open the conversation on the screen, if any
 */
export function useWatchedPeers(open: ConversationId | null): void {
  const client = useClient();
  const conversations = useConversations();
  const wanted = useMemo(() => peersOf(conversations, open).join(' '), [conversations, open]);
  useEffect(() => {
    client.watchPresence(wanted === '' ? [] : (wanted.split(' ') as PersonId[]));
  }, [client, wanted]);
  useEffect(() => () => client.watchPresence([]), [client]);
}

/** Sorted, so that a conversation that moves up in the list asks for nothing anew. */
function peersOf(conversations: readonly ConversationSummary[], open: ConversationId | null): PersonId[] {
  const first = conversations.filter(({ id }) => id === open);
  const peers = [...first, ...conversations].flatMap(({ peer }) => (peer === null ? [] : [peer.id]));
  return [...new Set(peers)].slice(0, watchedMax).sort();
}
