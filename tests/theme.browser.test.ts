import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

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

type Watched = Window & { grounds: string[] };

/** From the first frame that the browser paints, what stands behind everything: by its lightness. */
async function watchGrounds(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.grounds = [];
    const look = () => {
      if (document.body !== null) watched.grounds.push(getComputedStyle(document.body).backgroundColor);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

const grounds = (page: Page) => page.evaluate(() => [...new Set((window as unknown as Watched).grounds)]);
const lightGround = 'oklch(0.975 0.008 85)';
const darkGround = 'oklch(0.195 0.008 70)';

async function openSettings({ page }: BrowserPerson): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
}

describe.each([
  { at: 'a desk', viewport: desk, handle: 'desk' },
  { at: 'a phone', viewport: phone, handle: 'phone' },
])('at $at', ({ viewport, handle }) => {
  test('[X-43] the theme follows the system until one chooses; what was chosen is kept, in every tab, and never flashes', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await watchGrounds(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.reload();
      await page.getByRole('main').waitFor();
      expect(await grounds(page)).toEqual([colorScheme === 'light' ? lightGround : darkGround]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await ana.register({ name: 'Ana Field', handle: `ana.${handle}` });
    await openSettings(ana);
    const other = await ana.openTab();
    await page.getByText('Dark', { exact: true }).click();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(darkGround);
    await expect.poll(() => other.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(darkGround);
    await page.reload();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await grounds(page)).toEqual([darkGround]);
    expect(await page.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name="theme-color"][media="all"]')?.dataset.of)).toBe(
      'dark',
    );

    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByText('Light', { exact: true }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await grounds(page)).toEqual([lightGround]);
    await page.getByText('As the system', { exact: true }).click();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(darkGround);
    expect([...ana.complaints, ...other.complaints]).toEqual([]);
  });
});

test('compact rows are 48 px high, and a desk then shows what was said in one column', async () => {
  await using mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: 'Mara Lind', handle: 'mara.lind' });
  await mara.page.getByRole('link', { name: 'Find a person' }).first().click();
  await mara.page.locator('.people-finder-row', { hasText: 'Notes to self' }).click();
  await mara.send('platform B');
  await mara.message('platform B').waitFor();
  await openSettings(mara);
  await mara.page.getByText('Compact', { exact: true }).click();
  const row = mara.page.locator('.recents-row').first();
  expect((await row.boundingBox())?.height).toBe(48);
  await row.click();
  const bubble = mara.message('platform B').locator('.message-bubble');
  expect(await bubble.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgba(0, 0, 0, 0)');
  await mara.page.reload();
  await bubble.waitFor();
  expect((await row.boundingBox())?.height).toBe(48);
});
