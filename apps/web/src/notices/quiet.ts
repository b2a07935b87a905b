import type { ConversationSummary } from '@parlour/sdk/client';
import { isMuted } from '@parlour/sdk-react/keeping';

/** Neither sounds nor tells the system, and is not counted in what calls for somebody. */
export function isQuiet({ keeping }: Pick<ConversationSummary, 'keeping'>): boolean {
  return keeping.isArchived || isMuted(keeping, Date.now() as Parameters<typeof isMuted>[1]);
}
