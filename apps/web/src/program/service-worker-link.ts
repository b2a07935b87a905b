import type { MessageToWorker } from '../service-worker/messages.ts';

const address = '/service-worker.js';

/**
 * Where the page has a service worker: served by HTTPS or from this machine, and built. Without one all works but starting offline,
 * notifications and being installed.
 */
export const canHaveServiceWorker = typeof navigator !== 'undefined' && 'serviceWorker' in navigator && import.meta.env.PROD;

/** Makes an address a script may come from; `parlour` is the one policy that the page's content security policy allows. */
function trusted(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return url;
  const policy = trustedTypes.createPolicy('parlour', {
    createScriptURL: (asked) => {
      if (asked !== address) throw new Error(`no script comes from ${asked}`);
      return asked;
    },
  });
  return policy.createScriptURL(url) as unknown as string;
}

type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
};

/** Null where there can be none, or the browser would not have it. */
export const serviceWorkerRegistration: Promise<ServiceWorkerRegistration | null> = canHaveServiceWorker
  ? navigator.serviceWorker.register(trusted(address), { updateViaCache: 'none' }).catch(() => null)
  : Promise.resolve(null);

export async function tellServiceWorker(message: MessageToWorker): Promise<void> {
  const registration = await serviceWorkerRegistration;
  registration?.active?.postMessage(message);
}
