/**
 * The service worker that the page came from, null where none. Read before anything else runs: what tells of newer programs comes later,
 * and one may have taken over by then.
 */
export const controllerOnLoad: ServiceWorker | null =
  typeof navigator === 'undefined' ? null : (navigator.serviceWorker?.controller ?? null);
