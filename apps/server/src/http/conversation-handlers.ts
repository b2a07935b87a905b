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
  | 'beginGroup'
  | 'actInGroup'
  | 'listMembers'
  | 'listBans'
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
    beginGroup: ({ identity, body }) => conversations.beginGroup(identity, body),
    actInGroup: ({ identity, params, body }) => conversations.act(identity, params.conversation, body),
    listMembers: ({ identity, params, query }) => conversations.listMembers(identity, params.conversation, query),
    listBans: ({ identity, params }) => conversations.listBans(identity, params.conversation),
    markConversation: ({ identity, params, body }) => conversations.mark(identity, params.conversation, body),
    loadMarkers: ({ identity, params }) => conversations.loadMarkers(identity, params.conversation),
    exportEvidence: ({ identity, params }) => conversations.exportEvidence(identity, params.conversation),
  };
}
