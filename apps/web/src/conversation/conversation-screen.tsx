import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { useConversationView } from '@parlour/sdk-react/use-conversation';
import { say } from '../language/say.ts';
import { LateModule } from '../loading/late-module.ts';
import { LatePart } from '../loading/late-part.tsx';
import './conversation-screen.css';

/** The list of conversations is painted without it; it comes meanwhile. */
const late = new LateModule(() => import('./open-conversation.tsx'));
void late.want();

/** One conversation: who it is with, what was said, and where to write. */
export function ConversationScreen({ id, ...place }: { id: ConversationId; seq: Seq | null; about: boolean }) {
  const view = useConversationView(id);
  return (
    <main className="conversation" aria-label={say('Conversation')}>
      <LatePart isPage late={late}>
        {({ OpenConversation }) => view !== null && <OpenConversation key={id} view={view} {...place} />}
      </LatePart>
    </main>
  );
}
