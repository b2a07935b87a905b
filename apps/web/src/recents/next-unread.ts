import type { ConversationSummary } from '@parlour/sdk/client';
import type { ConversationId } from '@parlour/sdk-react/ids';

type Listed = Pick<ConversationSummary, 'id' | 'unread'>;

/** The next conversation in the list, below the open one and then from the top, in which something is unread; null where nothing is. */
export function nextUnread(conversations: readonly Listed[], open: ConversationId | null): ConversationId | null {
  const from = conversations.findIndex(({ id }) => id === open) + 1;
  const others = [...conversations.slice(from), ...conversations.slice(0, from)];
  return others.find(({ id, unread }) => unread > 0 && id !== open)?.id ?? null;
}
