import type { ServerFacts } from '@parlour/sdk/client';
import { useEffect, useState } from 'react';
import { useClient } from './provider.ts';
import { isRefused } from './refusal.ts';

/** What anyone may know of the server; null until it has answered. */
export function useServerFacts(): ServerFacts | null {
  const client = useClient();
  const [facts, setFacts] = useState<ServerFacts | null>(null);
  useEffect(() => {
    let stale = false;
    void client.serverFacts().then((answer) => {
      if (!stale && !isRefused(answer)) setFacts(answer);
    });
    return () => {
      stale = true;
    };
  }, [client]);
  return facts;
}
