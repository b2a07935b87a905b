import type { MessageToPage, MessageToWorker } from './messages.ts';
import { outdatedCaches, sourceOf } from './shell-files.ts';

declare const self: ServiceWorkerGlobalScope;
/** Put here by the build: the paths of everything the page is made of, and one digest over their contents. */
declare const programFiles: readonly string[];
declare const programVersion: string;

const cacheName = `program ${programVersion}`;
const files: ReadonlySet<string> = new Set(programFiles);

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

/** It waits for no page to end: whoever reloads has the newer program, and pages that run the one before find its parts in its cache. */
async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  // Past the browser's own cache, in which a file may be of another program under the same name.
  await cache.addAll(programFiles.map((path) => new Request(path, { cache: 'no-cache' })));
  await self.skipWaiting();
}

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver());
});

async function takeOver(): Promise<void> {
  const outdated = outdatedCaches(await caches.keys(), cacheName);
  await Promise.all(outdated.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  const source = sourceOf({ path: pathname, isNavigation: request.mode === 'navigate' }, files);
  if (source === 'page') event.respondWith(answerFromCache('/', request));
  else if (source === 'file') event.respondWith(answerFromCache(pathname, request));
});

async function answerFromCache(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? (await caches.match(path)) ?? fetch(request);
}

self.addEventListener('message', (event) => {
  const message = event.data as MessageToWorker;
  switch (message.kind) {
    case 'notify':
      return event.waitUntil(notify(message));
    case 'dismiss':
      return event.waitUntil(dismiss(message.tags));
  }
});

async function notify({ tag, title, body, path }: Extract<MessageToWorker, { kind: 'notify' }>): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.some((page) => page.visibilityState === 'visible')) return;
  await self.registration.showNotification(title, { tag, body, data: { path }, icon: '/icon-192.png', badge: '/icon-badge.png' });
}

async function dismiss(tags: readonly string[]): Promise<void> {
  for (const tag of tags) for (const notification of await self.registration.getNotifications({ tag })) notification.close();
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { path } = event.notification.data as { readonly path: string };
  event.waitUntil(open(path));
});

/** In a page that is open, if there is one. */
async function open(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window' });
  const page = pages.find(({ focused }) => focused) ?? pages[0];
  if (page === undefined) return void (await self.clients.openWindow(path));
  page.postMessage({ kind: 'open', path } satisfies MessageToPage);
  // A browser may refuse to bring it forward; the place is shown there all the same.
  await page.focus().catch(() => {});
}
