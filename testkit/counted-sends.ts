import type { ParlourClient } from '@parlour/sdk/client';
import { usualClientLimits } from '@parlour/sdk/client-limits';
import { createClient } from '@parlour/sdk/create-client';
import { connectFromNode, nodeEnvironment, nodeSignals } from '@parlour/sdk/node-environment';
import type { Connect } from '@parlour/sdk/platform';
import { downloadByFetch, exchangeByFetch } from '@parlour/sdk/web-environment';
import type { DeviceParts } from './device.ts';

const operationPattern = /"n":(\d+),"kind":"message"/g;

/** The node client, with an eye on what leaves it: which operations it has sent, and how often again. */
export class CountedSends {
  resentCount = 0;
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
    const socket = connectFromNode(url, events);
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
