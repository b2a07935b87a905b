import { controllerOnLoad } from './controller-on-load.ts';
import { canHaveServiceWorker, serviceWorkerRegistration } from './service-worker-link.ts';

/** The last of the scripts that an index page begins with, which is the program: another name is another program. */
export function entryOf(html: string): string | null {
  return [...html.matchAll(/<script[^>]+type="module"[^>]+src="([^"]+)"/gu)].at(-1)?.[1] ?? null;
}

const listeners = new Set<() => void>();
let isHere = false;

function found(): void {
  if (isHere) return;
  isHere = true;
  for (const listener of [...listeners]) listener();
}

/** Whether a newer program than the one that runs in this page is ready to be loaded. */
export const newerProgram = {
  get: (): boolean => isHere,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** Asks the server whether there is one. Costs a request that is answered by "no" without a body. */
export async function lookForNewerProgram(): Promise<void> {
  const registration = await serviceWorkerRegistration;
  if (registration !== null) return void (await registration.update().catch(() => {}));
  if (!import.meta.env.PROD) return;
  const ours = [...document.querySelectorAll('script[type="module"]')].at(-1)?.getAttribute('src');
  const answer = await fetch('/', { cache: 'no-cache', headers: { accept: 'text/html' } }).catch(() => null);
  const theirs = answer?.ok ? entryOf(await answer.text()) : null;
  if (theirs !== null && theirs !== ours) found();
}

/** Hears of a newer service worker, which takes over as soon as it has all of its program. The first one of all brings what runs here already. */
function watch(): void {
  let known = controllerOnLoad;
  const look = () => {
    const { controller } = navigator.serviceWorker;
    if (known !== null && controller !== known) found();
    known = controller;
  };
  look();
  navigator.serviceWorker.addEventListener('controllerchange', look);
}
if (canHaveServiceWorker) watch();

/** A store that does not close is no reason to keep a program: nothing that was kept is lost with it. */
const closingPatienceMs = 3_000;

/** Loads the newer program instead of the one that runs, which is closed first. */
export async function loadNewerProgram(close: () => Promise<void>): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, closingPatienceMs));
  await Promise.race([close().catch(() => {}), patience]);
  window.location.reload();
}
