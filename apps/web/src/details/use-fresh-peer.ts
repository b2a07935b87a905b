import type { ConversationSummary } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect } from 'react';

/** News of a changed profile may be missed; so the server is asked anew when this opens, when something is said and when the connection is back. */
export function useFreshPeer(summary: ConversationSummary | null): void {
  const client = useClient();
  const online = useStatus().connection.state === 'online';
  const peer = summary?.peer?.id ?? null;
  const saidAt = summary?.activityAt ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    // The answer comes with who they are now, and what they are called stands in the summary.
    if (peer !== null && online) void client.openDirect(peer);
  }, [client, peer, online, saidAt]);
}
