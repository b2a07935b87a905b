import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AlteringProxy } from './altering-proxy.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

/** A name for this machine that no browser takes for this machine: pages from there have no service worker, as from another one over plain HTTP. */
const elsewhere = 'parlour-elsewhere';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

beforeAll(async () => {
  browser = await launchBrowser([`--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`]);
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({ dataFolder: folder.path });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

let people = 0;

async function openPerson(url: string, viewport = desk): Promise<BrowserPerson> {
  people += 1;
  const person = await BrowserPerson.open(browser, url, viewport);
  await person.register({ name: `Ana Field ${people}`, handle: `ana.field.${people}x` });
  return person;
}

async function openNotes({ page, composer }: BrowserPerson): Promise<void> {
  await page.getByRole('button', { name: 'Notes to self' }).first().click();
  await composer.waitFor();
}

/** Resolves once the service worker has all of the program and answers for this page. */
async function waitForServiceWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

/** Presses what loads the newer program, and resolves once a page was loaded. */
async function reload(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Reload' }).click();
  await loaded;
}

/** As a newer program of the same server would: a service worker that differs. */
const withNewerWorker = (path: string, body: string) =>
  path === '/service-worker.js' ? body.replace(/programVersion="[^"]*"/, 'programVersion="next"') : body;

const cachesOf = (page: Page) => page.evaluate(() => caches.keys());

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-31] without a server the page starts, shows what it knows, and takes what one writes; nothing of the API is ever kept', async () => {
    await using proxy = await AlteringProxy.start(server.url);
    await using ana = await openPerson(proxy.url, viewport);
    const { page } = ana;
    await waitForServiceWorker(page);
    await openNotes(ana);
    await ana.send('said before');
    await ana.waitForTick('said before', 'sent');
    const address = page.url();
    proxy.cut();
    await page.goto(address);
    await ana.message('said before').waitFor();
    await ana.send('said without');
    await ana.waitForTick('said without', 'pending');
    await page.getByText('No connection.').waitFor();
    await page.reload();
    await ana.waitForTick('said without', 'pending');
    proxy.mend();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await ana.waitForTick('said without', 'sent');
    expect(await ana.texts()).toEqual(['said before', 'said without']);
    const kept = await page.evaluate(async () => {
      const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return all.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept).toContain('/');
    expect(kept.filter((path) => path.startsWith('/v1'))).toEqual([]);
    expect(ana.complaints).toEqual([]);
  });

  test('a newer program is told of in every tab, and loading it loses neither what one began to write nor what waits', async () => {
    await using proxy = await AlteringProxy.start(server.url);
    await using ana = await openPerson(proxy.url, viewport);
    const { page } = ana;
    await waitForServiceWorker(page);
    await openNotes(ana);
    await ana.send('said before');
    await ana.waitForTick('said before', 'sent');
    const other = await ana.openTab();
    await other.row('Notes to self').waitFor();
    const [before] = await cachesOf(page);

    proxy.alter = withNewerWorker;
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await other.page.getByText('A new version is here.').waitFor();
    proxy.cut();
    await ana.send('waits');
    await ana.waitForTick('waits', 'pending');
    await ana.composer.fill('begun');
    if (viewport === phone) await page.goBack();
    await reload(page);
    expect(await cachesOf(page)).toEqual([before, 'program next']);
    if (viewport === phone) await ana.openFromList('Notes to self');
    await ana.waitForTick('waits', 'pending');
    expect(await ana.composer.inputValue()).toBe('begun');
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await expect.poll(() => page.getByText('A new version is here.').count()).toBe(0);
    // The other tab still runs the program before, whose files are still there for it.
    expect(await other.page.getByText('A new version is here.').count()).toBe(1);
    proxy.mend();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await ana.waitForTick('waits', 'sent');
    expect(await ana.texts()).toEqual(['said before', 'waits']);
    expect([...ana.complaints, ...other.complaints]).toEqual([]);
  });

  test('over plain HTTP from elsewhere all works but what needs HTTPS, which the settings say; a newer program is told of there too', async () => {
    await using proxy = await AlteringProxy.start(server.url);
    await using ana = await openPerson(proxy.url.replace('127.0.0.1', elsewhere), viewport);
    const { page } = ana;
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
    await openNotes(ana);
    await ana.send('in plain sight');
    await ana.waitForTick('in plain sight', 'sent');
    if (viewport === phone) await page.goBack();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Needs HTTPS').waitFor();
    expect(await page.getByLabel('Tell me of messages while I look elsewhere').isDisabled()).toBe(true);
    if (viewport === phone) await page.goBack();
    proxy.alter = (path, body) => (path === '/' ? body.replace(/src="\/assets\/index-[^"]*"/, 'src="/assets/index-another0.js"') : body);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByText('A new version is here.').waitFor();
    expect(ana.complaints).toEqual([]);
  });
});

test('a newer program is told of only once a reload loads it, however long the one before still has something to do', async () => {
  await using proxy = await AlteringProxy.start(server.url);
  await using ana = await openPerson(proxy.url);
  const { page } = ana;
  await waitForServiceWorker(page);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  proxy.alter = async (path, body) => {
    if (path === '/device-choices.js') {
      asked.resolve();
      await answer.promise;
    }
    return withNewerWorker(path, body);
  };
  // Not kept, so that the service worker asks the server for it, and is busy as long as no answer comes.
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await (await caches.open(name)).delete('/device-choices.js');
    void fetch('/device-choices.js');
  });
  await asked.promise;
  proxy.alter = withNewerWorker;
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const hasInstalled = () => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state === 'installed');
  await expect.poll(hasInstalled).toBe(true);
  // A reload would bring the program before.
  expect(await page.getByText('A new version is here.').count()).toBe(0);
  answer.resolve();
  await page.getByText('A new version is here.').waitFor();
  await reload(page);
  await page.getByText('Notes to self').first().waitFor();
  expect(await page.getByText('A new version is here.').count()).toBe(0);
});

test('[X-37] a browser would install it, and its icon says how much is unread', async () => {
  await using ana = await openPerson(server.url);
  await waitForServiceWorker(ana.page);
  const devtools = await ana.context.newCDPSession(ana.page);
  const { errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  // What tests run in is such a window, and in none of those a browser installs anything.
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);

  await ana.page.getByRole('link', { name: 'Settings' }).click();
  expect(await ana.page.getByRole('button', { name: 'Install' }).count()).toBe(0);
  // What a browser with windows of its own fires when it would install the page.
  await ana.page.evaluate(() => {
    const offer = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), {
      prompt: async () => void Object.assign(window, { wasAsked: true }),
    });
    window.dispatchEvent(offer);
  });
  await ana.page.getByRole('button', { name: 'Install' }).click();
  await expect.poll(() => ana.page.evaluate(() => 'wasAsked' in window)).toBe(true);
  await ana.page.getByRole('link', { name: 'Back to your conversations' }).click();

  await ana.page.addInitScript(() => {
    const badges: number[] = [];
    Object.assign(window, { badges });
    Object.assign(Navigator.prototype, {
      setAppBadge: async (count: number) => void badges.push(count),
      clearAppBadge: async () => void badges.push(0),
    });
  });
  await ana.page.reload();
  await using mara = await openPerson(server.url);
  await mara.find(`ana.field.${people - 1}x`, `ana.field.${people - 1}x`);
  await mara.send('one');
  const lastBadge = () => ana.page.evaluate(() => (window as unknown as { badges: number[] }).badges.at(-1));
  await expect.poll(lastBadge).toBe(1);
  await ana.openFromList(`Ana Field ${people}`);
  await expect.poll(lastBadge).toBe(0);
});
