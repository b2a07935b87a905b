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

/** Hears of a newer service worker that has all of its program and waits, and of one that another tab let take over. */
async function watch(): Promise<void> {
  const registration = await serviceWorkerRegistration;
  if (registration === null) return;
  const hadController = navigator.serviceWorker.controller !== null;
  const look = () => {
    if (registration.waiting !== null && navigator.serviceWorker.controller !== null) found();
  };
  look();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
  navigator.serviceWorker.addEventListener('controllerchange', () => hadController && found());
}
if (canHaveServiceWorker) void watch();

/** A store that does not close is no reason to keep a program: nothing that was kept is lost with it. */
const closingPatienceMs = 3_000;
/** The program before ends what it is at first, which may take a browser half a minute even where little is left. A reload before that would bring it back. */
const takingOverPatienceMs = 60_000;

/** Loads the newer program instead of the one that runs, which is closed first. */
export async function loadNewerProgram(close: () => Promise<void>): Promise<void> {
  await settledWithin(closingPatienceMs, close());
  await settledWithin(takingOverPatienceMs, letItTakeOver());
  window.location.reload();
}

async function settledWithin(ms: number, work: Promise<void>): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, ms));
  await Promise.race([work.catch(() => {}), patience]);
}

/** Resolves when a reload would load the newer program. */
async function letItTakeOver(): Promise<void> {
  const waiting = (await serviceWorkerRegistration)?.waiting;
  if (waiting == null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true });
  waiting.postMessage({ kind: 'activate' });
  await promise;
}
