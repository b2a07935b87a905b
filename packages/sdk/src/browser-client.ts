import * as z from 'zod/mini';
import { browserEnvironment, browserLoginHint, browserSignals, browserTabs } from './browser-environment.ts';
import type { ParlourClient } from './client.ts';
import { usualClientLimits } from './client-limits.ts';
import { createClient } from './create-client.ts';
import { connectEither, loadEventStream } from './either-connect.ts';
import { openIndexedDb } from './indexeddb-rescue.ts';
import { MemoryStore } from './memory-store.ts';
import type { Store } from './store.ts';
import { connectWebSocket, downloadByFetch, exchangeByFetch } from './web-environment.ts';

/**
 * The client of a page. One tab of a browser leads, all share the store; where the browser gives no store (a private window, say), this page
 * keeps everything in memory and `status.storage` says so.
 * @param url of the server; the page's own origin where it is left out
 */
export async function createBrowserClient({
  url = location.origin,
  label = '',
}: {
  readonly url?: string;
  readonly label?: string;
} = {}): Promise<ParlourClient> {
  // The content security policy forbids making code from text, which is how schemas are compiled otherwise.
  z.config({ jitless: true });
  const name = `parlour ${url}`;
  const kept = await openIndexedDb(name);
  const open = (store: Store) =>
    createClient({
      url,
      label,
      store,
      limits: usualClientLimits,
      platform: {
        environment: browserEnvironment,
        connect: connectEither({ webSocket: connectWebSocket, loadEventStream, environment: browserEnvironment }),
        exchange: exchangeByFetch,
        download: downloadByFetch,
        signals: browserSignals,
        tabs: store.volatile ? null : browserTabs(name),
        credentials: null,
        followsGateways: false,
        loginHint: browserLoginHint,
      },
    });
  // A store that opens and cannot be used is as good as none: the page works all the same, for as long as it stands.
  return kept === null ? open(new MemoryStore()) : open(kept).catch(() => open(new MemoryStore()));
}
