import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { makePair } from './program-pair.ts';

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

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('a conversation at $at', ({ viewport }) => {
  /** Ana at two devices, to whom Mara has said something; above it stand her notes, which are newer. */
  async function open() {
    const pair = await makePair(server.url, ['hello']);
    const devices: BrowserPerson[] = [];
    for (const size of [viewport, desk]) {
      const ana = await BrowserPerson.open(browser, server.url, size);
      await ana.logIn(pair.names.anaHandle);
      await ana.row(pair.names.mara).waitFor();
      devices.push(ana);
    }
    const [here, there] = devices as [BrowserPerson, BrowserPerson];
    await there.openNotes();
    await there.send('for later');
    const title = () => here.page.title();
    const titles = (of: BrowserPerson) => of.page.locator('.recents-row-title').allTextContents();
    const choose = async (item: string) => {
      await here.row(pair.names.mara).click({ button: 'right' });
      await here.page.getByRole('menuitem', { name: item }).click();
    };
    const close = async () => {
      for (const device of devices) {
        expect(device.complaints).toEqual([]);
        await device[Symbol.asyncDispose]();
      }
      await pair[Symbol.asyncDispose]();
    };
    await expect.poll(() => titles(here)).toEqual(['Notes to self', pair.names.mara]);
    return { ...pair, here, there, title, titles, choose, mara: pair.names.mara, [Symbol.asyncDispose]: close };
  }

  test('is pinned to the top, on every device', async () => {
    await using at = await open();
    await at.choose('Pin to the top');
    for (const device of [at.here, at.there]) await expect.poll(() => at.titles(device)).toEqual([at.mara, 'Notes to self']);
    await at.here.row(at.mara).getByRole('img', { name: 'Pinned' }).waitFor();
    await at.choose('Unpin');
    for (const device of [at.here, at.there]) await expect.poll(() => at.titles(device)).toEqual(['Notes to self', at.mara]);
  });

  test('is muted: it is counted in the list, and calls for nobody', async () => {
    await using at = await open();
    await expect.poll(at.title).toMatch(/1/);
    await at.choose('Mute for good');
    await expect.poll(at.title).not.toMatch(/\d/);
    expect(await at.here.row(at.mara).locator('.recents-row-count').textContent()).toMatch(/^1/);
    await at.there.row(at.mara).getByRole('img', { name: 'Muted' }).waitFor();
    await at.choose('Unmute');
    await expect.poll(at.title).toMatch(/1/);
  });

  test('is archived: out of the way, and found again', async () => {
    await using at = await open();
    await at.choose('Archive');
    for (const device of [at.here, at.there]) await expect.poll(() => at.titles(device)).toEqual(['Notes to self']);
    await expect.poll(at.title).not.toMatch(/\d/);
    await at.here.page.getByRole('button', { name: '1 archived' }).click();
    await at.choose('Take out of the archive');
    await expect.poll(() => at.titles(at.there)).toEqual(['Notes to self', at.mara]);
    await at.here.page.getByRole('button', { name: '1 archived' }).waitFor({ state: 'detached' });
  });

  test('has a menu for the keyboard, which gives the focus back, and in which no program finds a fault', async () => {
    await using at = await open();
    const row = at.here.row(at.mara);
    await row.focus();
    await at.here.page.keyboard.press('Shift+F10');
    await at.here.page.getByRole('menu').waitFor();
    expect(await findViolations(at.here.page)).toEqual([]);
    await at.here.page.keyboard.press('Escape');
    await expect.poll(() => row.evaluate((one) => one === document.activeElement)).toBe(true);
    await at.here.page.keyboard.press('Shift+F10');
    await at.here.page.getByRole('menuitem').first().waitFor();
    await at.here.page.keyboard.press('Enter');
    await expect.poll(() => at.titles(at.there)).toEqual([at.mara, 'Notes to self']);
  });
});
