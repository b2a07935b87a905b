import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { readStore } from './read-store.ts';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({ dataFolder: folder.path });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

let pairs = 0;

async function openPair() {
  pairs += 1;
  const names = { ana: `Ana Field ${pairs}`, mara: `Mara Lind ${pairs}`, anaHandle: `ana.f.${pairs}x`, maraHandle: `mara.l.${pairs}x` };
  const mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: names.mara, handle: names.maraHandle });
  const ana = await BrowserPerson.open(browser, server.url);
  await ana.register({ name: names.ana, handle: names.anaHandle });
  await ana.find(names.maraHandle, names.maraHandle);
  for (const text of ['one', 'two', 'three']) await ana.send(text);
  await ana.waitForTick('three', 'received');
  const close = async () => {
    await ana[Symbol.asyncDispose]();
    await mara[Symbol.asyncDispose]();
  };
  return { ana, mara, names, [Symbol.asyncDispose]: close };
}

/** What becomes of one space of the store: each record as the function says, which runs in the page. */
async function changeStore(page: Page, space: string, change: (record: Record<string, unknown>) => unknown): Promise<void> {
  await page.goto(`${server.url}/docs`);
  await page.evaluate(
    async ({ name, text }) => {
      const changed = new Function(`return (${text})`)() as (record: unknown) => unknown;
      const opening = indexedDB.open(`parlour ${location.origin}`);
      const done = (target: EventTarget, type: string) => new Promise((resolve) => target.addEventListener(type, resolve));
      await done(opening, 'success');
      const transaction = opening.result.transaction(name, 'readwrite');
      const cursor = transaction.objectStore(name).openCursor();
      cursor.addEventListener('success', () => {
        if (cursor.result === null) return;
        cursor.result.update(changed(cursor.result.value));
        cursor.result.continue();
      });
      await done(transaction, 'complete');
      opening.result.close();
    },
    { name: space, text: String(change) },
  );
}

test.each([
  { space: 'rows', change: (row: Record<string, unknown>) => ({ ...row, head: 'torn' }) },
  { space: 'people', change: (person: Record<string, unknown>) => ({ ...person, displayName: 7 }) },
  { space: 'tails', change: () => ({}) },
])(
  '[SDK-4] the page opens on damaged $space, says so, has all again from the server, and sends once what waited',
  async ({ space, change }) => {
    await using pair = await openPair();
    const { ana, mara, names } = pair;
    await ana.context.setOffline(true);
    await ana.send('waited');
    await ana.waitForTick('waited', 'pending');
    await ana.composer.fill('begun');
    await expect.poll(() => readStore(ana.page)).toContain('begun');
    await ana.leave();
    await ana.context.setOffline(false);
    await changeStore(ana.page, space, change);
    await ana.comeBack();
    await ana.page.getByText('What this device kept was damaged.').waitFor();
    await ana.openFromList(names.mara);
    await ana.waitForTick('waited', 'received');
    expect(await ana.texts()).toEqual(['one', 'two', 'three', 'waited']);
    expect(await ana.composer.inputValue()).toBe('begun');
    await mara.openFromList(names.ana);
    await mara.message('waited').waitFor();
    expect(await mara.texts()).toEqual(['one', 'two', 'three', 'waited']);
    await ana.page.getByRole('button', { name: 'All right' }).click();
    await ana.page.getByText('What this device kept was damaged.').waitFor({ state: 'detached' });
    await ana.page.reload();
    await ana.message('waited').waitFor();
    expect(await ana.page.getByText('What this device kept was damaged.').count()).toBe(0);
  },
);

test('[SDK-4] messages that cannot be read any more come again from the server', async () => {
  await using pair = await openPair();
  const { ana, names } = pair;
  await changeStore(ana.page, 'entries', (entry) => ({ ...entry, body: { text: { not: 'a text' } } }));
  await ana.comeBack();
  await ana.openFromList(names.mara);
  await ana.message('three').waitFor();
  await expect.poll(() => ana.texts()).toEqual(['one', 'two', 'three']);
});

test('a browser that keeps nothing is good for as long as the page stands, and the page says so', async () => {
  await using pair = await openPair();
  const { mara, names } = pair;
  await using ola = await BrowserPerson.open(browser, server.url);
  await ola.page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('not in this window', 'SecurityError');
    };
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('not in this window', 'SecurityError');
      },
    });
  });
  await ola.page.reload();
  await ola.register({ name: 'Ola Berg', handle: `ola.b.${pairs}x` });
  await ola.page.getByText('This browser keeps nothing.').waitFor();
  await ola.find(names.maraHandle, names.maraHandle);
  await ola.send('from a window that forgets');
  await mara.openFromList('Ola Berg');
  await mara.message('from a window that forgets').waitFor();
  await ola.page.getByRole('link', { name: 'Settings' }).click();
  await ola.page.getByText('Dark', { exact: true }).click();
  expect(await ola.page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  expect(ola.complaints).toEqual([]);
});

test('a device without room says so, keeps what one wrote where one wrote it, opens all the same, and goes on once there is room', async () => {
  await using pair = await openPair();
  const { ana, mara, names } = pair;
  await ana.page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...args) {
      if (sessionStorage.getItem('full')) throw new DOMException('no room', 'QuotaExceededError');
      return put.apply(this, args);
    };
  });
  await ana.page.reload();
  await ana.message('three').waitFor();
  const setFull = (isFull: boolean) =>
    ana.page.evaluate((full) => (full ? sessionStorage.setItem('full', 'yes') : sessionStorage.removeItem('full')), isFull);
  await setFull(true);
  await ana.send('no room for this');
  await ana.page.getByText('New messages cannot be kept until there is room.').waitFor();
  await expect.poll(() => ana.composer.inputValue()).toBe('no room for this');
  await mara.openFromList(names.ana);
  await mara.send('this is seen all the same');
  await ana.message('this is seen all the same').waitFor();
  await ana.page.reload();
  await ana.message('three').waitFor();
  await ana.page.getByText('New messages cannot be kept until there is room.').waitFor();
  await setFull(false);
  await ana.composer.fill('there is room');
  await ana.composer.press('Enter');
  await ana.waitForTick('there is room', 'received');
});

test('[SDK-53] logging out erases what this device kept, and who logs in next finds nothing of it', async () => {
  await using pair = await openPair();
  const { ana, names } = pair;
  expect(await readStore(ana.page)).toContain('three');
  await ana.page.getByRole('link', { name: 'Settings' }).click();
  await ana.page.getByRole('button', { name: 'Log out', exact: true }).click();
  await ana.page.getByRole('form', { name: 'Log in' }).waitFor();
  const left = await readStore(ana.page);
  for (const word of ['three', names.ana, names.mara, names.anaHandle]) expect(left).not.toContain(word);
  await ana.register({ name: 'Ben Okafor', handle: `ben.o.${pairs}x` });
  await ana.page.getByRole('heading', { name: 'Who will you talk to?' }).waitFor();
  expect(await ana.page.getByText(names.mara).count()).toBe(0);
  expect(await readStore(ana.page)).not.toContain(names.mara);
});
