import type { Browser, Page, Route } from 'playwright-core';
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

const program = '**/assets/index-*.js';

/** Loads a page anew, and holds its program back until what is returned is called. */
async function loadWithoutProgram(page: Page, url = page.url()): Promise<() => Promise<void>> {
  const { promise: asked, resolve: heldBack } = Promise.withResolvers<Route>();
  await page.route(program, heldBack);
  await page.goto(url, { waitUntil: 'commit' });
  const route = await asked;
  // The script that draws stands behind this element, and before that one.
  await page.locator('noscript').waitFor({ state: 'attached' });
  return async () => {
    await route.continue();
    await page.unroute(program);
  };
}

const picture = (page: Page) => page.locator('.first-look');

/** Where the parts of the list stand, and what is in them. */
const placesIn = (page: Page, within: string) =>
  page.evaluate((outer) => {
    const parts = [
      '',
      '.shell-top',
      '.shell-name',
      '.search-field',
      '.avatar',
      '.recents-row',
      '.recents-row-title',
      '.recents-row-said',
      '.receipt-tick',
      'time',
    ];
    return parts.map((part) =>
      [...document.querySelectorAll(`${outer} .shell-list ${part}`)].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        const { color, backgroundColor } = getComputedStyle(element);
        return { part, text: element.textContent, x, y, width, height, color, backgroundColor };
      }),
    );
  }, within);

let people = 0;

/** Somebody with notes to themselves, at the list. Without a service worker, which would have the program at hand. */
async function openPerson(viewport: { width: number; height: number }): Promise<BrowserPerson> {
  people += 1;
  const person = await BrowserPerson.inContext(await browser.newContext({ viewport, serviceWorkers: 'block' }), server.url);
  await person.register({ name: `Ana Field ${people}`, handle: `ana.field.${people}x` });
  await person.openNotes();
  await person.send('said before');
  await person.waitForTick('said before', 'sent');
  await person.comeBack();
  await person.row('said before').waitFor();
  return person;
}

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-31] the list as it was left stands there before the program does, exactly where that draws it, and is nothing but a picture', async () => {
    await using ana = await openPerson(viewport);
    const { page } = ana;
    await page.evaluate(() => document.fonts.ready);
    const drawn = await placesIn(page, '#root');
    const letProgramCome = await loadWithoutProgram(page);
    await picture(page).getByText('said before').waitFor();
    await page.evaluate(() => document.fonts.ready);
    expect(await placesIn(page, '.first-look')).toEqual(drawn);
    // Nothing of it is told to anybody, is reached by a key, or hears a press.
    expect(await page.getByRole('main').or(page.getByRole('link')).or(page.getByRole('heading')).count()).toBe(0);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await letProgramCome();
    await ana.row('said before').waitFor();
    expect(await picture(page).count()).toBe(0);
    expect(ana.complaints.filter((complaint) => complaint.startsWith('Content Security Policy'))).toEqual([]);
  });

  test('[X-31] after a log-out nothing of the list is left, nor shown to whoever logs in next', async () => {
    await using ana = await openPerson(viewport);
    const { page } = ana;
    const kept = () => page.evaluate(() => localStorage.getItem('parlour.person.first-look'));
    await page.reload();
    await ana.row('said before').waitFor();
    const look = await kept();
    expect(look).toContain('said before');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Log out', exact: true }).first().click();
    await page.getByRole('form', { name: 'Log in' }).waitFor();
    await expect.poll(kept).toBe(null);
    // As if it had been left behind all the same.
    await page.evaluate((text) => localStorage.setItem('parlour.person.first-look', text ?? ''), look);
    const letProgramCome = await loadWithoutProgram(page);
    expect(await picture(page).count()).toBe(0);
    await letProgramCome();
    await page.getByRole('form', { name: 'Log in' }).waitFor();
  });

  test('[X-31] what cannot be drawn, or is of another language, is not; the page starts all the same', async () => {
    await using ana = await openPerson(viewport);
    const { page } = ana;
    await page.reload();
    await ana.row('said before').waitFor();
    const look = await page.evaluate(() => localStorage.getItem('parlour.person.first-look') ?? '');
    const spoilt = [
      '{',
      'null',
      '7',
      '[]',
      look.replace('"language":"en"', '"language":"ar"'),
      look.replace('"div"', '"<b>"'),
      look.slice(0, -9),
    ];
    for (const text of spoilt) {
      expect(text).not.toBe(look);
      // When the page is left, what it looks like is kept; this comes after that.
      await page.addInitScript((written) => localStorage.setItem('parlour.person.first-look', written), text);
      const letProgramCome = await loadWithoutProgram(page);
      expect(await picture(page).count()).toBe(0);
      await letProgramCome();
      await ana.row('said before').waitFor();
    }
    expect(ana.complaints.filter((complaint) => complaint.startsWith('Content Security Policy'))).toEqual([]);
  });
});

test('[X-31] on a phone a conversation opens without the list before it; the list is as it was when it was left for that', async () => {
  await using ana = await openPerson(phone);
  const { page } = ana;
  await ana.openFromList('said before');
  const letProgramCome = await loadWithoutProgram(page);
  expect(await picture(page).count()).toBe(0);
  await letProgramCome();
  await ana.composer.waitFor();
  const letListCome = await loadWithoutProgram(page, server.url);
  await picture(page).getByText('said before').waitFor();
  await letListCome();
  await ana.row('said before').waitFor();
});
