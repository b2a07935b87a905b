import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { ProgramPerson } from './program-person.ts';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({
    dataFolder: folder.path,
    env: { PARLOUR_RATE_SENDS_PER_SECOND: '10000', PARLOUR_RATE_SENDS_BURST: '10000' },
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const lineCount = 150;
const lines = Array.from({ length: lineCount }, (_, index) => `line ${index + 1}`);
let pairs = 0;

/** Ana, at a screen, to whom Mara has said so many lines by a program. */
async function openPair(viewport: typeof desk) {
  pairs += 1;
  const names = { ana: `Ana Field ${pairs}`, mara: `Mara Lindqvist ${pairs}`, anaHandle: `ana.${pairs}x`, maraHandle: `mara.${pairs}x` };
  const ana = await BrowserPerson.open(browser, server.url, viewport);
  await ana.register({ name: names.ana, handle: names.anaHandle });
  const mara = await ProgramPerson.register(server.url, { name: names.mara, handle: names.maraHandle });
  await mara.say(names.anaHandle, lines);
  await ana.row(names.mara).getByText(`${lineCount} unread`).waitFor();
  const close = async () => {
    await mara[Symbol.asyncDispose]();
    await ana[Symbol.asyncDispose]();
  };
  return { ana, mara, names, [Symbol.asyncDispose]: close };
}

const bar = (page: Page) => page.getByRole('region', { name: 'New messages' });
const divider = (page: Page) => page.getByText('New messages', { exact: true });
const down = (page: Page) => page.getByRole('button', { name: /^To the newest message/ });
const isInView = (place: Locator) =>
  place.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const within = element.closest('.message-list-scroller')?.getBoundingClientRect();
    return within !== undefined && box.top >= within.top - 1 && box.bottom <= within.bottom + 1;
  });
const topOf = (place: Locator) => place.evaluate((element) => Math.round(element.getBoundingClientRect().top));

/** From the bubble of the last message down to what one writes in. */
const airBelow = (message: Locator) =>
  message
    .locator('.message-bubble')
    .evaluate((bubble) =>
      Math.round((document.querySelector('.composer-box')?.getBoundingClientRect().top ?? 0) - bubble.getBoundingClientRect().bottom),
    );

/** Leaves the open conversation as one does at that width. */
async function leave({ page }: BrowserPerson): Promise<void> {
  await page.goto(new URL('/settings', page.url()).href);
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await page.goto(new URL('/', page.url()).href);
}

describe.each([
  { where: 'a desk', viewport: desk },
  { where: 'a phone', viewport: phone },
])('at $where', ({ viewport }) => {
  test('[X-17] a bar says what is new and since when, jumps to where it begins, and marks it read', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    const { page } = ana;
    await ana.openFromList(names.mara);
    await ana.message('line 1').waitFor();
    // What was in view is read; the rest is told by the bar.
    await bar(page)
      .getByText(/^\d+ new since \d/)
      .waitFor();
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await ana.message(`line ${lineCount}`).waitFor();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await bar(page).waitFor({ state: 'detached' });

    await using told = pair.mara;
    await page.evaluate(() => {
      const seen = new MutationObserver(() => {
        if (document.querySelector('.unread-bar')) document.body.dataset.sawBar = 'yes';
      });
      seen.observe(document.body, { childList: true, subtree: true });
    });
    await told.say(names.anaHandle, ['while one looks']);
    await ana.message('while one looks').waitFor();
    await expect.poll(() => page.title()).not.toMatch(/\d/);
    await expect.poll(() => ana.row(names.mara).getByText('unread').count()).toBe(0);
    expect(await page.evaluate(() => document.body.dataset.sawBar)).toBeUndefined();

    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    await ana.message('line 1').waitFor();
    await expect.poll(() => isInView(divider(page))).toBe(true);
    await told.say(names.anaHandle, ['and one more', 'and another']);
    await bar(page)
      .getByText(/^2 new/)
      .waitFor();
    await bar(page).getByRole('button', { name: 'Mark read' }).click();
    await bar(page).waitFor({ state: 'detached' });
    await down(page).filter({ hasNotText: /\d/ }).waitFor();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-18] scrolled up, a button tells how many came and leads down; what one sends leads there too', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    const { page } = ana;
    await ana.openFromList(names.mara);
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await expect.poll(() => page.title()).not.toMatch(/\d/);
    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    await expect.poll(() => isInView(ana.message('line 1'))).toBe(true);
    const before = await topOf(ana.message('line 1'));
    await mara.say(names.anaHandle, ['one', 'two', 'three']);
    await page.getByRole('button', { name: 'To the newest message, 3 unread' }).waitFor();
    expect(await topOf(ana.message('line 1'))).toBe(before);
    await down(page).click();
    await expect.poll(() => isInView(ana.message('three'))).toBe(true);
    await down(page).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    await expect.poll(() => isInView(ana.message('line 1'))).toBe(true);
    await ana.send('my own');
    await expect.poll(() => isInView(ana.message('my own'))).toBe(true);
    await down(page).waitFor({ state: 'detached' });
    await expect.poll(() => airBelow(ana.message('my own'))).toBe(22);
  });

  test('[X-19] a conversation opens where it was left, also after a reload, and at its end if it was left there', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    const { page } = ana;
    await ana.openFromList(names.mara);
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await expect.poll(() => page.title()).not.toMatch(/\d/);
    const seq = await ana
      .message('line 70')
      .or(ana.message(`line ${lineCount}`))
      .first()
      .getAttribute('data-seq');
    expect(seq).not.toBeNull();
    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    await expect.poll(() => isInView(ana.message('line 1'))).toBe(true);
    await page.locator('.message-list-scroller').hover();
    const places = () => page.evaluate(() => sessionStorage.getItem('parlour.person.places') ?? '');
    const scrolled = () => page.locator('.message-list-scroller').evaluate(({ scrollTop }) => scrollTop);
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 200);
        return scrolled();
      })
      .toBeGreaterThan(700);
    // It is kept a moment after the view has come to rest.
    let place = '';
    await expect
      .poll(async () => {
        const before = place;
        place = `${await places()} ${await scrolled()}`;
        return place === before && /"seq":(?!1\D)\d+/.test(place);
      })
      .toBe(true);
    const kept = JSON.parse(await places()) as Record<string, { seq: number; offsetPx: number }>;
    const [{ seq: keptSeq, offsetPx } = { seq: 0, offsetPx: 0 }] = Object.values(kept);
    const upper = page.locator(`[data-seq="${keptSeq}"]`);
    const before = await topOf(upper);

    await leave(ana);
    await ana.openFromList(names.mara);
    await expect.poll(() => topOf(upper)).toBe(before);
    await page.reload();
    await upper.waitFor();
    await expect.poll(() => topOf(upper)).toBe(before);
    expect(offsetPx).toBeLessThanOrEqual(0);

    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await expect.poll(places).toBe('{}');
    await page.reload();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
  });

  test('[X-24] marked unread from a message on, it is so on every device, stays so while one looks, and reading on ends it', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    const { page } = ana;
    await ana.openFromList(names.mara);
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await bar(page).waitFor({ state: 'detached' });
    await using other = await BrowserPerson.open(browser, server.url, viewport);
    await other.logIn(names.anaHandle);
    await other.row(names.mara).waitFor();
    await other
      .row(names.mara)
      .getByText(/unread$/)
      .waitFor({ state: 'detached' });

    await ana.message(`line ${lineCount - 4}`).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Mark unread from here' }).click();
    await bar(page)
      .getByText(/^5 new/)
      .waitFor();
    await other.row(names.mara).getByText('5 unread').waitFor();
    // Looked at again only after one has left: until then it stays as it was marked.
    await page.locator('.message-list-scroller').hover();
    await page.mouse.wheel(0, -300);
    await down(page).filter({ hasText: '5' }).waitFor();

    await other.openFromList(names.mara);
    await expect.poll(() => isInView(divider(other.page))).toBe(true);
    await expect.poll(() => isInView(other.message(`line ${lineCount}`))).toBe(true);
    await other.page.getByRole('region', { name: 'New messages' }).waitFor({ state: 'detached' });
    await bar(page).waitFor({ state: 'detached' });
    expect([...ana.complaints, ...other.complaints]).toEqual([]);
  });

  test('[X-25] a key leads to the next conversation in which something is unread', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    const { page } = ana;
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await page.getByRole('heading', { level: 1, name: names.mara }).waitFor();
    await ana.message('line 1').waitFor();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-22] the day of what one reads is told over the list’s edge', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    const { page } = ana;
    await ana.openFromList(names.mara);
    const day = page.locator('.sticky-day[data-shown]');
    // At the newest message it would only cover what is said there.
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await expect.poll(() => isInView(ana.message(`line ${lineCount}`))).toBe(true);
    await day.waitFor({ state: 'detached' });
    await page.locator('.message-list-scroller').hover();
    await page.mouse.wheel(0, -400);
    await day.getByRole('button', { name: 'Today: go to another day' }).waitFor();
    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    // There the list tells it itself.
    await day.waitFor({ state: 'detached' });
  });
});

/** The time of a row, as it is drawn, is of one colour with the count of what is unread. */
const looksUnread = (row: Locator) =>
  row.evaluate((element) => {
    const colourOf = (selector: string, of: 'color' | 'backgroundColor') => {
      const found = element.querySelector(selector);
      return found === null ? null : getComputedStyle(found)[of];
    };
    return colourOf('time', 'color') === colourOf('.recents-row-count', 'backgroundColor');
  });

test('a message brings its conversation up, and there it looks unread', async () => {
  await using ana = await BrowserPerson.open(browser, server.url, desk);
  await ana.register({ name: 'Ana Above', handle: 'ana.above' });
  await ana.openNotes();
  let loaves = 0;
  for (const name of ['Ben', 'Cyd', 'Dov']) {
    await using person = await ProgramPerson.register(server.url, { name, handle: `${name.toLowerCase()}.below` });
    await person.say('ana.above', ['first']);
    await ana.row(name).getByText('1 unread').waitFor();
    expect(await looksUnread(ana.row(name))).toBe(true);
    for (const text of ['second', 'third']) {
      await ana.openFromList(name);
      await expect.poll(() => ana.row(name).getByText('unread').count()).toBe(0);
      expect(await looksUnread(ana.row(name))).toBe(false);
      await ana.openFromList('Notes to self');
      loaves += 1;
      await ana.send(`loaf ${loaves}`);
      await ana.waitForTick(`loaf ${loaves}`, 'sent');
      await person.say('ana.above', [text]);
      await ana.row(name).getByText('1 unread').waitFor();
      await expect.poll(() => ana.page.locator('.recents-row').first().textContent()).toContain(name);
      expect(await looksUnread(ana.row(name))).toBe(true);
    }
  }
});
