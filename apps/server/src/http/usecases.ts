import type { Refusal } from '@parlour/core/errors';
import type { ConversationId } from '@parlour/core/ids';
import type { RouteAnswer, RouteInput, RouteName } from '@parlour/protocol/http/routes';
import type { Identity } from '../usecases/authenticate.ts';

/** An answer that is JSON already, as the log's entries are. */
export type JsonText = { readonly jsonText: string };

/** An answer that is a file to keep, made while it is sent: whole lines of JSON, a few at a time. `onEnd`: it was taken whole, or nobody takes it any more. */
export type JsonLines = { readonly jsonLines: AsyncGenerator<string>; readonly fileName: string; readonly onEnd: () => void };

export type RefusalWithWait = Refusal & { readonly retryAfterMs?: number };

/** What a route answers with, or why not. Infrastructure that fails throws StorageFailure. */
export type Answer<Name extends RouteName> = Promise<RouteAnswer<Name> | JsonText | JsonLines | RefusalWithWait>;

/** What HTTP needs of conversations; whoever composes the server fills it. */
export type ConversationUsecases = {
  list(identity: Identity, page: RouteInput<'listConversations'>['query']): Answer<'listConversations'>;
  open(identity: Identity, wish: RouteInput<'openConversation'>['body']): Answer<'openConversation'>;
  load(identity: Identity, conversation: ConversationId): Answer<'loadConversation'>;
  loadEntries(identity: Identity, conversation: ConversationId, range: RouteInput<'loadEntries'>['query']): Answer<'loadEntries'>;
  /** Binds the device to the login first; one of somebody else is refused as `device_foreign`. */
  send(identity: Identity, conversation: ConversationId, message: RouteInput<'sendMessage'>['body']): Answer<'sendMessage'>;
  /** The same binding for this and the next. */
  beginGroup(identity: Identity, group: RouteInput<'beginGroup'>['body']): Answer<'beginGroup'>;
  act(identity: Identity, conversation: ConversationId, act: RouteInput<'actInGroup'>['body']): Answer<'actInGroup'>;
  listMembers(identity: Identity, conversation: ConversationId, wish: RouteInput<'listMembers'>['query']): Answer<'listMembers'>;
  listBans(identity: Identity, conversation: ConversationId): Answer<'listBans'>;
  mark(identity: Identity, conversation: ConversationId, wish: RouteInput<'markConversation'>['body']): Answer<'markConversation'>;
  loadMarkers(identity: Identity, conversation: ConversationId): Answer<'loadMarkers'>;
  exportEvidence(identity: Identity, conversation: ConversationId): Answer<'exportEvidence'>;
};
