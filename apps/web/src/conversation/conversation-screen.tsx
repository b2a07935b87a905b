import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { useConversationView } from '@parlour/sdk-react/use-conversation';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { LateModule } from '../loading/late-module.ts';
import { useLateModule } from '../loading/use-late-module.ts';
import './conversation-screen.css';

/** The list of conversations is painted without it; it comes meanwhile. */
const late = new LateModule(() => import('./open-conversation.tsx'));
void late.want();

/** One conversation: who it is with, what was said, and where to write. */
export function ConversationScreen({ id, seq }: { id: ConversationId; seq: Seq | null }) {
  const view = useConversationView(id);
  const { module, failed } = useLateModule(late);
  return (
    <main className="conversation" aria-label="Conversation">
      {view !== null && module !== null && <module.OpenConversation key={id} view={view} seq={seq} />}
      {failed && (
        <EmptyState title="This could not be loaded">
          It needs a connection once. Your messages are safe. <Button onClick={() => void late.want()}>Try again</Button>
        </EmptyState>
      )}
    </main>
  );
}
