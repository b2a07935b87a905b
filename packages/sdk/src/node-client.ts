import type { ParlourClient } from './client.ts';
import { usualClientLimits } from './client-limits.ts';
import { createClient } from './create-client.ts';
import { connectEither, loadEventStream } from './either-connect.ts';
import { MemoryStore } from './memory-store.ts';
import { connectFromNode, memoryCredentials, nodeEnvironment, nodeSignals } from './node-environment.ts';
import type { Credentials } from './platform.ts';
import type { Store } from './store.ts';
import { downloadByFetch, exchangeByFetch } from './web-environment.ts';

export type NodeClientOptions = {
  readonly url: string;
  /** What the list of logins calls this program. */
  readonly label?: string;
  /** In memory where it is left out: then each start is a new device. */
  readonly store?: Store;
  /** In memory where it is left out: then each start logs in anew. */
  readonly credentials?: Credentials;
};

/** The client of a program. */
export function createNodeClient({
  url,
  label = 'program',
  store = new MemoryStore(),
  credentials = memoryCredentials(),
}: NodeClientOptions): Promise<ParlourClient> {
  return createClient({
    url,
    label,
    store,
    limits: usualClientLimits,
    platform: {
      environment: nodeEnvironment,
      connect: connectEither({ webSocket: connectFromNode, loadEventStream, environment: nodeEnvironment }),
      exchange: exchangeByFetch,
      download: downloadByFetch,
      signals: nodeSignals,
      followsGateways: true,
      tabs: null,
      credentials,
      loginHint: null,
    },
  });
}
