import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

/** What a browser kept: the database as it is, whatever the program of today thinks of it. */
type KeptStore = {
  readonly version: number;
  readonly login: string;
  /** When it was kept, by the clock of the device: a message that waits longer than a day is asked about. */
  readonly at: number;
  readonly spaces: Readonly<Record<string, readonly (readonly [key: string, value: unknown])[]>>;
};

const stores = join(import.meta.dirname, 'stores');
/** With a new version of the schema: writes down what the program of today keeps, for those who come after it. */
const renews = process.env.RENEW_STORES === '1';

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

/** Nothing of the server's own is reached; the page itself is. */
async function cutOff(page: Page): Promise<void> {
  await page.route('**/v1/**', (route) => route.abort());
  await page.routeWebSocket('**/v1/**', (socket) => socket.close());
}

function takeOut(page: Page): Promise<KeptStore> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await asked(indexedDB.open(`parlour ${location.origin}`));
    const spaces: Record<string, [string, unknown][]> = {};
    for (const space of database.objectStoreNames) {
      const objects = database.transaction(space).objectStore(space);
      const [keys, values] = [await asked(objects.getAllKeys()), await asked(objects.getAll())];
      spaces[space] = keys.map((key, index) => [String(key), values[index]]);
    }
    const login = /parlour_login=([0-9a-z]{26})/.exec(document.cookie)?.[1] ?? '';
    database.close();
    return { version: database.version, login, at: Date.now(), spaces };
  });
}

function putIn(page: Page, kept: KeptStore): Promise<void> {
  return page.evaluate(async ({ version, spaces }) => {
    const name = `parlour ${location.origin}`;
    await new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener('success', resolve));
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => {
        for (const [space, values] of Object.entries(spaces)) {
          const objects = request.result.createObjectStore(space);
          for (const [key, value] of values) objects.put(value, key);
        }
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
      request.onerror = () => reject(request.error);
    });
  }, kept);
}

/** Somebody with all that a device keeps: read and unread, a draft, a choice, a message that waits, one that was given up. */
async function live(): Promise<KeptStore> {
  await using mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: 'Mara Lindqvist', handle: 'mara.kept' });
  await using ana = await BrowserPerson.open(browser, server.url);
  await ana.register({ name: 'Ana Field', handle: 'ana.kept' });
  await ana.openNotes();
  await ana.send('bread, **lemons**');
  await ana.waitForTick('bread, lemons', 'sent');
  await ana.find('mara.kept', 'mara.kept');
  await ana.send('has the ferry come?');
  await mara.openFromList('Ana Field');
  await mara.send('it has');
  await ana.message('it has').waitFor();
  await ana.waitForTick('has the ferry come?', 'read');
  await cutOff(ana.page);
  await server.stop();
  await ana.send('then I wait');
  await ana.waitForTick('then I wait', 'pending');
  await ana.composer.fill('and bring');
  await ana.openFromList('Notes to self');
  await ana.row('Mara Lindqvist').getByText('and bring').waitFor();
  return await takeOut(ana.page);
}

/** Opens the page of today on it, with no server to ask. */
async function expectToOpen(kept: KeptStore): Promise<void> {
  await using page = await ParlourProcess.start({ dataFolder: folder.path });
  await using ana = await BrowserPerson.inContext(await browser.newContext({ serviceWorkers: 'block' }), page.url);
  await ana.page.clock.install({ time: kept.at });
  // The page without its program.
  await ana.page.route('**/*.js', (route) => route.abort());
  await ana.comeBack();
  await ana.context.addCookies([{ name: 'parlour_login', value: kept.login, url: page.url }]);
  await putIn(ana.page, kept);
  await ana.page.unroute('**/*.js');
  await cutOff(ana.page);
  await ana.comeBack();
  await ana.row('Mara Lindqvist').getByText('and bring').waitFor();
  await ana.row('Notes to self').getByText('bread, lemons').waitFor();
  await ana.openFromList('Mara Lindqvist');
  await ana.message('then I wait').waitFor();
  expect(await ana.texts()).toEqual(['has the ferry come?', 'it has', 'then I wait']);
  await ana.waitForTick('has the ferry come?', 'read');
  await ana.waitForTick('then I wait', 'pending');
  expect(await ana.composer.inputValue()).toBe('and bring');
}

describe('what a browser keeps', () => {
  test('is opened again by the program of today, which made it', async () => {
    const kept = await live();
    if (renews) {
      await mkdir(stores, { recursive: true });
      await writeFile(join(stores, `${kept.version}.json`), `${JSON.stringify(kept, null, 1)}\n`);
    }
    await expectToOpen(kept);
    expect(globSync('*.json', { cwd: stores }), 'RENEW_STORES=1 keeps it').toContain(`${kept.version}.json`);
  });

  test.each(globSync('*.json', { cwd: stores }))(
    'of the schema of %s, as an earlier release wrote it, is opened by the program of today',
    async (file) => {
      await expectToOpen(JSON.parse(await readFile(join(stores, file), 'utf8')) as KeptStore);
    },
  );
});
