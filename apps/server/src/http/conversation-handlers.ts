import type { Handlers } from './route-calls.ts';
import type { ConversationUsecases } from './usecases.ts';

export function conversationHandlers(
  conversations: ConversationUsecases,
): Pick<
  Handlers,
  | 'listConversations'
  | 'openConversation'
  | 'loadConversation'
  | 'loadEntries'
  | 'sendMessage'
  | 'markConversation'
  | 'loadMarkers'
  | 'exportEvidence'
> {
  return {
    listConversations: ({ identity, query }) => conversations.list(identity, query),
    openConversation: ({ identity, body }) => conversations.open(identity, body),
    loadConversation: ({ identity, params }) => conversations.load(identity, params.conversation),
    loadEntries: ({ identity, params, query }) => conversations.loadEntries(identity, params.conversation, query),
    sendMessage: ({ identity, params, body }) => conversations.send(identity, params.conversation, body),
    markConversation: ({ identity, params, body }) => conversations.mark(identity, params.conversation, body),
    loadMarkers: ({ identity, params }) => conversations.loadMarkers(identity, params.conversation),
    exportEvidence: ({ identity, params }) => conversations.exportEvidence(identity, params.conversation),
  };
}
