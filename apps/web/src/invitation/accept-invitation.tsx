import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useState } from 'react';
import { EmptyState } from '../design/empty-state.tsx';
import { say } from '../language/say.ts';
import { RouteLink, useRouter } from '../routing/router.tsx';
import { presentRefusal } from '../text/sentence.ts';

/** Finds whoever sent the invitation, and opens the conversation with them. */
export function AcceptInvitation({ handle }: { handle: string }) {
  const client = useClient();
  const { navigate } = useRouter();
  const { connection } = useStatus();
  const [problem, setProblem] = useState<string | null>(null);
  const isOnline = connection.state === 'online';

  useEffect(() => {
    if (!isOnline) return;
    let stale = false;
    const open = async () => {
      const found = await client.findPeople({ handle });
      const person = isRefused(found) ? undefined : found[0];
      const opened = person === undefined ? null : await client.openDirect(person.id);
      if (stale) return;
      if (isRefused(found)) setProblem(presentRefusal(found));
      else if (opened === null) setProblem(say('Nobody here has this handle. They may have changed it: ask for a new link.'));
      else if (isRefused(opened)) setProblem(presentRefusal(opened));
      else navigate({ at: 'conversation', conversation: opened }, { replace: true });
    };
    void open();
    return () => {
      stale = true;
    };
  }, [client, handle, isOnline, navigate]);

  return (
    <main className="shell-empty" aria-label={say('Invitation')} data-region>
      <EmptyState isPage title={problem === null ? say('Opening your conversation') : say('This invitation leads nowhere')}>
        {problem ?? <bdi>@{handle}</bdi>}
        <br />
        <RouteLink to={{ at: 'recents' }} back>
          {say('To your conversations')}
        </RouteLink>
      </EmptyState>
    </main>
  );
}
