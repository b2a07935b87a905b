import type { Timeline } from '@parlour/sdk/client';
import type { ConversationId } from '@parlour/sdk-react/ids';
import { useClient } from '@parlour/sdk-react/provider';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useState } from 'react';

/** When the first message was written; null until that is known, and where there is none near the beginning. It looks there for itself, so that whoever reads stays where they are. */
export function useBeginning(id: ConversationId): number | null {
  const client = useClient();
  const online = useStatus().connection.state === 'online';
  const [beganAt, setBeganAt] = useState<number | null>(null);
  // Without a connection it may not be found, and is looked for again once there is one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (beganAt !== null) return;
    let stale = false;
    const view = client.conversation(id);
    void view.jumpTo('first').then(() => {
      if (!stale) setBeganAt(firstMessageAt(view.timeline.get()));
      view.close();
    });
    return () => {
      stale = true;
      view.close();
    };
  }, [client, id, online]);
  return beganAt;
}

function firstMessageAt({ items, firstSeq }: Timeline): number | null {
  // The window may stand elsewhere: what could not be had has not moved it.
  if (items[0]?.seq !== firstSeq) return null;
  return items.find(({ kind }) => kind === 'message')?.at ?? null;
}
