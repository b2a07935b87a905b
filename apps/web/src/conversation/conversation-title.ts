import type { ConversationSummary } from '@parlour/sdk/client';
import { useMe } from '@parlour/sdk-react/use-account';
import { say } from '../language/say.ts';

/** What a conversation is called: a group by its title, another person by name, oneself by what it is for. */
export function useConversationTitle(summary: ConversationSummary | null): string {
  const me = useMe();
  if (summary === null) return say('Conversation');
  if (summary.peer !== null && summary.peer.id === me?.id) return say('Notes to self');
  return summary.title === '' ? say('Conversation') : summary.title;
}
