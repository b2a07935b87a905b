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
  for (const [name, handle] of [
    ['Mara Lindqvist', 'mara.l'],
    ['Tomas Keller', 'tomas.k'],
    ['Zoë Ångström', 'quiet.owl'],
  ] as const) {
    await using person = await BrowserPerson.open(browser, server.url);
    await person.register({ name, handle });
  }
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

let people = 0;

/** Somebody who has written to Mara and then to Tomas, and stands in the latter's conversation. */
async function openTalker(viewport: typeof desk): Promise<BrowserPerson> {
  people += 1;
  const person = await BrowserPerson.open(browser, server.url, viewport);
  await person.register({ name: `Ana Field ${people}`, handle: `ana.field.${people}x` });
  for (const handle of ['mara.l', 'tomas.k']) {
    await person.find(handle, handle);
    await person.send(`hello ${handle}`);
    await person.waitForTick(`hello ${handle}`, 'sent');
    if (viewport === phone && handle === 'mara.l') await backToList(person);
  }
  return person;
}

async function backToList({ page }: BrowserPerson): Promise<void> {
  await page.getByRole('link', { name: 'Back to your conversations' }).click();
  await page.getByRole('heading', { name: 'Parlour' }).waitFor();
}

const switcher = (page: Page) => page.getByRole('combobox', { name: 'Search or jump to' });
const options = (page: Page) => page.getByRole('option');
const titlesOf = async (page: Page) => (await options(page).locator('.switcher-title').allTextContents()).map((title) => title.trim());
const pathOf = (page: Page) => new URL(page.url()).pathname;

type Watched = Window & { took: Promise<number> };

/** From a key to the first frame that shows what the key asked for, as the page sees it. */
async function timeKey(page: Page, key: string, selector: string): Promise<number> {
  await page.evaluate((wanted) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    (window as unknown as Watched).took = promise;
    const pressed = () => {
      const pressedAt = performance.now();
      const look = () => (document.querySelector(wanted) === null ? requestAnimationFrame(look) : resolve(performance.now() - pressedAt));
      requestAnimationFrame(look);
    };
    document.addEventListener('keydown', pressed, { capture: true, once: true });
  }, selector);
  await page.keyboard.press(key);
  return page.evaluate(() => (window as unknown as Watched).took);
}

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-29] the switcher stands at once, shows the recent first, and finds by a few letters who is known and who is not', async () => {
    await using ana = await openTalker(viewport);
    const { page } = ana;
    const tookMs: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      tookMs.push(await timeKey(page, 'Control+k', 'dialog[open] [role="option"]'));
      await page.keyboard.press('Control+k');
      await switcher(page).waitFor({ state: 'detached' });
    }
    // The best of several: what the page takes by itself, whatever else the machine does meanwhile.
    expect(Math.min(...tookMs)).toBeLessThan(50);

    await page.keyboard.press('Control+k');
    expect(await titlesOf(page)).toEqual(['Tomas Keller', 'Mara Lindqvist', 'Notes to self']);
    await page.keyboard.type('ml');
    await expect.poll(async () => (await titlesOf(page))[0]).toBe('Mara Lindqvist');
    await page.keyboard.press('Enter');
    await page.getByLabel('Write to Mara Lindqvist').waitFor();

    if (viewport === phone) await backToList(ana);
    if (viewport === phone) await page.getByRole('button', { name: 'Search or jump to' }).click();
    else await page.keyboard.press('Control+k');
    await page.keyboard.type('owl.nobody');
    await page.getByText('Nobody and nothing by that name.').waitFor();
    await switcher(page).fill('quiet.owl');
    await expect.poll(() => titlesOf(page)).toEqual(['Zoë Ångström']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByLabel('Write to Zoë Ångström').waitFor();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-30] Escape closes what lies over the page, then leaves the panel, then leads to where one writes', async () => {
    await using ana = await openTalker(viewport);
    const { page } = ana;
    const { keyboard } = page;
    if (viewport === phone) await backToList(ana);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    expect(pathOf(page)).toBe('/settings');
    await keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Settings' }).waitFor({ state: 'detached' });
    await ana.openFromList('Mara Lindqvist');
    await page.locator('article').first().focus();
    await keyboard.press('Escape');
    await expect.poll(() => ana.composer.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(ana.complaints).toEqual([]);
  });

  test('[X-39] F6 goes through labelled parts and back, and returns to where one was in each', async () => {
    await using ana = await openTalker(viewport);
    const { page } = ana;
    await ana.composer.focus();
    const regionHere = () => page.evaluate(() => document.activeElement?.closest('[data-region]')?.getAttribute('aria-label') ?? null);
    const seen: (string | null)[] = [];
    for (let index = 0; index < 3; index += 1) {
      await page.keyboard.press('F6');
      seen.push(await regionHere());
    }
    expect(seen).toEqual(
      viewport === desk ? ['Your conversations', 'Messages', 'Write a message'] : ['Messages', 'Write a message', 'Messages'],
    );
    await page.locator('article').first().focus();
    await page.keyboard.press('Shift+F6');
    await page.keyboard.press('F6');
    expect(await regionHere()).toBe('Messages');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('ARTICLE');
  });

  test('[X-45] a question mark shows every key, but not while one writes', async () => {
    await using ana = await openTalker(viewport);
    const { page } = ana;
    await ana.composer.focus();
    await page.keyboard.type('why?');
    expect(await ana.composer.inputValue()).toBe('why?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.locator('article').first().focus();
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys' });
    for (const text of ['Search or jump to', 'Next part of the page', 'Send']) await sheet.getByText(text, { exact: true }).waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
    await sheet.waitFor({ state: 'detached' });
    expect(
      await page
        .locator('article')
        .first()
        .evaluate((element) => element === document.activeElement),
    ).toBe(true);
  });
});

/** What one presses on the screen and is smaller than a finger; links within a line of text may be. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a[href], input, textarea, [role="option"]')]
      .filter((element) => element.checkVisibility({ opacityProperty: true }) && !element.closest('p, .visually-hidden, .message-text'))
      .flatMap((element) => {
        const area = element.closest('label') ?? element;
        const { width, height } = area.getBoundingClientRect();
        const isSmall = width < 44 || height < 44;
        return isSmall && !element.classList.contains('visually-hidden') ? [`${element.outerHTML.slice(0, 90)} ${width}x${height}`] : [];
      }),
  );
}

test('[X-38] on a phone the system’s back leads from a conversation to the list, however one came there', async () => {
  await using ana = await openTalker(phone);
  const { page } = ana;
  const list = page.getByRole('navigation', { name: 'Conversations' });
  await backToList(ana);
  await ana.openFromList('Mara Lindqvist');
  const address = page.url();
  await page.goBack();
  await list.waitFor();
  expect(pathOf(page)).toBe('/');
  await page.goForward();
  await ana.composer.waitFor();

  // From one conversation straight to another, back leads to the list all the same.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('tomas');
  await page.keyboard.press('Enter');
  await page.getByLabel('Write to Tomas Keller').waitFor();
  await page.goBack();
  await list.waitFor();

  // The arrow of the page and the system's back are the same step.
  await ana.openFromList('Tomas Keller');
  await backToList(ana);
  await ana.openFromList('Mara Lindqvist');
  await page.goBack();
  await list.waitFor();

  // By a link from elsewhere, the list lies beneath.
  const other = await ana.context.newPage();
  await other.goto(address);
  await other.getByLabel('Write to Mara Lindqvist').waitFor();
  await other.goBack();
  await other.getByRole('navigation', { name: 'Conversations' }).waitFor();
  expect(pathOf(other)).toBe('/');
});

test('[X-38] on a phone everything one presses is at least 44 px wide and high', async () => {
  await using ana = await openTalker(phone);
  const { page } = ana;
  expect(await smallTargets(page)).toEqual([]);
  await backToList(ana);
  expect(await smallTargets(page)).toEqual([]);
  await page.getByRole('button', { name: 'Search or jump to' }).click();
  await options(page).first().waitFor();
  expect(await smallTargets(page)).toEqual([]);
  await page.keyboard.press('Escape');
  for (const name of ['Find a person', 'Settings']) {
    await page.getByRole('link', { name }).first().click();
    await page.getByRole('heading', { name }).waitFor();
    expect(await smallTargets(page)).toEqual([]);
    await backToList(ana);
  }
});

test('[X-38] a keyboard never covers where one writes, whether the browser makes the page smaller or only says what is seen', async () => {
  await using ana = await openTalker(phone);
  const { page } = ana;
  const keyboardTop = phone.height - 300;
  const bottomOfComposer = async () => ana.composer.evaluate((field) => field.closest('form')?.getBoundingClientRect().bottom ?? 0);
  await ana.composer.tap().catch(() => ana.composer.click());
  await page.setViewportSize({ width: phone.width, height: keyboardTop });
  await expect.poll(bottomOfComposer).toBeLessThanOrEqual(keyboardTop);
  expect(await ana.composer.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.setViewportSize(phone);
  await expect.poll(bottomOfComposer).toBe(phone.height);

  await page.evaluate((height) => {
    Object.defineProperty(window.visualViewport, 'height', { configurable: true, get: () => height });
    window.visualViewport?.dispatchEvent(new Event('resize'));
  }, keyboardTop);
  await expect.poll(bottomOfComposer).toBe(keyboardTop);
  await page.evaluate(() => {
    if (window.visualViewport) Reflect.deleteProperty(window.visualViewport, 'height');
    window.visualViewport?.dispatchEvent(new Event('resize'));
  });
  await expect.poll(bottomOfComposer).toBe(phone.height);
});

test('a conversation that cannot be shown breaks alone: the list and the others go on, and it can be shown again', async () => {
  await using ana = await openTalker(desk);
  const { page } = ana;
  // What lists of messages are built upon, gone for as long as one of them opens.
  await page.evaluate(() => {
    Object.assign(window, { kept: window.ResizeObserver });
    window.ResizeObserver = class {
      constructor() {
        throw new Error('on purpose');
      }
    } as unknown as typeof ResizeObserver;
  });
  await ana.row('Mara Lindqvist').click();
  await page.getByText('This part stopped working').waitFor();
  const again = page.getByRole('button', { name: 'Show it again' });
  await again.click();
  await page.getByText('This part stopped working').waitFor();
  await ana.row('Tomas Keller').waitFor();
  await page.evaluate(() => {
    window.ResizeObserver = (window as unknown as { kept: typeof ResizeObserver }).kept;
  });
  await again.click();
  await ana.message('hello mara.l').waitFor();
  await ana.openFromList('Tomas Keller');
  await ana.send('still here');
  await ana.waitForTick('still here', 'sent');
});
