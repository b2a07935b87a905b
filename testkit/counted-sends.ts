import type { ParlourClient } from '@parlour/sdk/client';
import { usualClientLimits } from '@parlour/sdk/client-limits';
import { createClient } from '@parlour/sdk/create-client';
import { connectFromNode, nodeEnvironment, nodeSignals } from '@parlour/sdk/node-environment';
import type { Connect } from '@parlour/sdk/platform';
import { downloadByFetch, exchangeByFetch } from '@parlour/sdk/web-environment';
import type { DeviceParts } from './device.ts';

const operationPattern = /"n":(\d+),"kind":"message"/g;
const refusedPattern = /"error":"storage_unavailable",[^}]*"retryable":true/g;

/** The node client, with an eye on what leaves it and what it is answered: which operations it has sent, how often again, and how many the storage did not take. */
export class CountedSends {
  resentCount = 0;
  refusedCount = 0;
  readonly #sent = new Set<string>();
  readonly #followsGateways: boolean;

  /** @param followsGateways goes where the server sends clients, or only to the address that it is given */
  constructor({ followsGateways }: { readonly followsGateways: boolean }) {
    this.#followsGateways = followsGateways;
  }

  open(parts: DeviceParts): Promise<ParlourClient> {
    const { url, label = 'program', store, credentials = null } = parts;
    const platform = {
      environment: nodeEnvironment,
      connect: this.#connect,
      exchange: exchangeByFetch,
      download: downloadByFetch,
      signals: nodeSignals,
      tabs: null,
      credentials,
      followsGateways: this.#followsGateways,
      loginHint: null,
    };
    return createClient({ url, label, store, limits: usualClientLimits, platform });
  }

  readonly #connect: Connect = (url, events) => {
    const socket = connectFromNode(url, {
      ...events,
      onText: (text) => {
        this.refusedCount += text.match(refusedPattern)?.length ?? 0;
        events.onText(text);
      },
    });
    return {
      close: () => socket.close(),
      send: (text) => {
        for (const [, n = ''] of text.matchAll(operationPattern)) {
          if (this.#sent.has(n)) this.resentCount += 1;
          this.#sent.add(n);
        }
        socket.send(text);
      },
    };
  };
}
