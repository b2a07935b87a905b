import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { makePair } from './program-pair.ts';

const middle = { width: 1000, height: 800 };
const widths = [
  { at: 'a desk, beside the conversation', viewport: desk, isBeside: true },
  { at: 'a smaller window, in its place', viewport: middle, isBeside: false },
  { at: 'a phone, in its place', viewport: phone, isBeside: false },
];
const lineCount = 120;
const lines = Array.from({ length: lineCount }, (_, index) => `line ${index + 1}`);
const members = ['ada', 'zoe', 'bea'];
/** Those of the history who are not here are of the group all the same. */
const everyone = ['Import tea@import-tea', 'You@ada', 'zoe@zoe', 'bea@bea', 'Old Friend@old-friend'];
const passwordOf = (handle: string) => `quiet ferry lemon 42 ${handle}`;

let browser: Browser;
let folder: TemporaryFolder;
let dataFolder: string;
let server: ParlourProcess;

/** Among them a group of three, in whose history somebody has written who is not here. */
beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  dataFolder = join(folder.path, 'data');
  for (const handle of members) {
    const made = ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--password-stdin'];
    expect((await runParlour(made, { dataFolder, input: passwordOf(handle) })).code).toBe(0);
  }
  const file = join(folder.path, 'tea.jsonl');
  const said = { channel: 'tea', line: 0, time: '2004-11-01T12:00:00Z', author: 'Old Friend', kind: 'message', text: 'Is there tea?' };
  await writeFile(file, JSON.stringify(said));
  const named = members.flatMap((handle) => ['--member', handle]);
  expect((await runParlour(['import', 'jsonl', file, ...named], { dataFolder })).code).toBe(0);
  server = await start();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const start = (port?: number) =>
  ParlourProcess.start({
    dataFolder,
    ...(port === undefined ? {} : { port }),
    env: { PARLOUR_RATE_SENDS_PER_SECOND: '10000', PARLOUR_RATE_SENDS_BURST: '10000' },
  });

/** Ana, in the conversation with Mara, who has said so much by a program. */
async function openPair(viewport: typeof desk, texts: readonly string[]) {
  const pair = await makePair(server.url, texts);
  const ana = await BrowserPerson.open(browser, server.url, viewport);
  await ana.logIn(pair.names.anaHandle);
  await ana.openFromList(pair.names.mara);
  await ana.page.locator('article').last().waitFor();
  const close = async () => {
    await ana[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
  };
  return { ...pair, ana, [Symbol.asyncDispose]: close };
}

const panelOf = (page: Page) => page.getByRole('region', { name: 'About this conversation' });
const openerOf = (page: Page, name: string) => page.getByRole('button', { name: `About ${name}` });
const closerOf = (page: Page) => panelOf(page).getByRole('button', { name: /^(Close|Back to the conversation)$/ });
const pathOf = (page: Page) => new URL(page.url()).pathname;
const gone = (page: Page) => panelOf(page).waitFor({ state: 'detached' });
const expectFocusOn = (element: Locator) => expect.poll(() => element.evaluate((one) => one === document.activeElement)).toBe(true);
const expectFocusWithin = (element: Locator) =>
  expect.poll(() => element.evaluate((one) => one.contains(document.activeElement))).toBe(true);
const isInView = (message: Locator) =>
  message.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const within = element.closest('.message-list-scroller')?.getBoundingClientRect();
    return within !== undefined && box.top >= within.top - 1 && box.bottom <= within.bottom + 1;
  });

describe.each(widths)('at $at', ({ viewport, isBeside }) => {
  test('the details open by name and face, close by each of their ways, and the focus goes in and comes back', async () => {
    await using pair = await openPair(viewport, ['hello']);
    const { ana, names } = pair;
    const { page } = ana;
    const opener = openerOf(page, names.mara);
    const panel = panelOf(page);
    const place = pathOf(page);
    expect(await opener.getAttribute('aria-expanded')).toBe('false');

    const face = await page.locator('.conversation-header .avatar').boundingBox();
    await page.mouse.click((face?.x ?? 0) + 4, (face?.y ?? 0) + 4);
    await panel.waitFor();
    expect(pathOf(page)).toBe(`${place}/about`);
    await expectFocusWithin(panel);
    expect(await ana.composer.isVisible()).toBe(isBeside);
    await closerOf(page).click();
    await gone(page);
    await expectFocusOn(opener);
    expect(pathOf(page)).toBe(place);

    await page.goForward();
    await expectFocusWithin(panel);
    await page.keyboard.press('Escape');
    await gone(page);
    await expectFocusOn(opener);

    await page.keyboard.press('Enter');
    await expectFocusWithin(panel);
    await page.goBack();
    await gone(page);
    await expectFocusOn(opener);

    await page.keyboard.press('Space');
    await panel.waitFor();
    await page.reload();
    await panel.getByText(names.mara).waitFor();
    await expectFocusWithin(panel);
    await closerOf(page).click();
    await gone(page);
    await expectFocusOn(opener);
    expect(pathOf(page)).toBe(place);
    // However often it was opened, what one came from lies one step back.
    await page.goBack();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    await expect.poll(() => pathOf(page)).toBe('/');
    expect(ana.complaints).toEqual([]);
  });

  test('the address of the details leads there in another tab, from which one comes to the conversation and to the list', async () => {
    await using pair = await openPair(viewport, ['hello']);
    const { ana, names } = pair;
    await openerOf(ana.page, names.mara).click();
    await panelOf(ana.page).waitFor();
    const { page } = await ana.openTab();
    await page.goto(ana.page.url());
    await panelOf(page).getByText(names.mara).waitFor();
    await closerOf(page).click();
    await gone(page);
    await expect.poll(() => pathOf(page)).toBe(pathOf(ana.page).replace('/about', ''));
    expect(await page.locator('.composer textarea').isVisible()).toBe(true);
    await page.goBack();
    await page.getByRole('heading', { name: 'Parlour' }).waitFor();
    expect(pathOf(page)).toBe('/');

    // From the details straight to another conversation; on a phone the list is one step back from there too.
    await ana.page.keyboard.press('Control+k');
    await ana.page.keyboard.type('Notes');
    await ana.page.getByRole('option', { name: 'Notes to self' }).waitFor();
    await ana.page.keyboard.press('Enter');
    await ana.page.getByLabel('Write to Notes to self').waitFor();
    expect(await panelOf(ana.page).count()).toBe(0);
    await ana.page.goBack();
    if (viewport === phone) await ana.page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    else await panelOf(ana.page).getByText(names.mara).waitFor();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-39] [X-30] F6 goes through what is to be seen, and Escape takes one step, wherever one is', async () => {
    await using pair = await openPair(viewport, ['hello']);
    const { ana, names } = pair;
    const { page } = ana;
    await openerOf(page, names.mara).click();
    await expectFocusWithin(panelOf(page));
    const regions: (string | null)[] = [];
    for (let index = 0; index < 4; index += 1) {
      regions.push(await page.evaluate(() => document.activeElement?.closest('[data-region]')?.getAttribute('aria-label') ?? null));
      await page.keyboard.press('F6');
    }
    const about = 'About this conversation';
    const list = 'Your conversations';
    if (isBeside) expect(regions).toEqual([about, list, 'Messages', 'Write a message']);
    else if (viewport === phone) expect(regions).toEqual([about, about, about, about]);
    else expect(regions).toEqual([about, list, about, list]);
    if (!isBeside) return;
    await ana.composer.fill('begun');
    await page.keyboard.press('Escape');
    await gone(page);
    await expectFocusOn(ana.composer);
    await openerOf(page, names.mara).click();
    await expectFocusWithin(panelOf(page));
    await ana.message('hello').focus();
    await page.keyboard.press('Escape');
    await gone(page);
    await expectFocusOn(ana.message('hello'));
    await page.keyboard.press('Escape');
    await expectFocusOn(ana.composer);
    expect(ana.complaints).toEqual([]);
  });

  test('they say who it is, and what changed of them is seen once they say something; the handle is copied', async () => {
    await using pair = await openPair(viewport, ['hello']);
    const { ana, mara, names } = pair;
    const { page } = ana;
    const panel = panelOf(page);
    await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await openerOf(page, names.mara).click();
    await panel.getByText(names.mara, { exact: true }).waitFor();
    await panel.getByText('here now').waitFor();
    await panel.getByText(/^You have been talking since \w+ \d+, \d{4}$/).waitFor();
    await panel.getByRole('button', { name: 'Copy the handle' }).click();
    await panel.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`@${names.maraHandle}`);

    const about = '**Ferries**, <b>lemons</b>\nand the sea. '.repeat(6) + 'unbroken'.repeat(30);
    const name = `Mara ${'Quite-Otherwise'.repeat(3)}`;
    await mara.client.updateProfile({ displayName: name, about, handle: `${names.maraHandle}.new` });
    await mara.say(names.anaHandle, ['I have another name now']);
    await panel.getByText(name, { exact: true }).waitFor();
    await panel.getByText(`@${names.maraHandle}.new`).waitFor();
    // As it was written, and nothing more.
    expect(
      await panel.locator('.details-about').evaluate((one) => [one.textContent, one.childElementCount, one.getAttribute('dir')]),
    ).toEqual([about.trim(), 0, 'auto']);
    const wide = await panel.evaluate((all) => {
      const { left, right } = all.getBoundingClientRect();
      const isOut = (box: DOMRect) => box.left < left - 0.5 || box.right > right + 0.5;
      const isMoved = document.documentElement.scrollWidth > innerWidth;
      return [
        ...(isMoved ? ['the page'] : []),
        ...[...all.querySelectorAll('*')].flatMap((one) => (isOut(one.getBoundingClientRect()) ? [one.outerHTML] : [])),
      ];
    });
    expect(wide).toEqual([]);
    await mara.client.close();
    await panel.getByText(/^last here/).waitFor();
    await closerOf(page).click();
    await expectFocusOn(openerOf(page, name));
    expect(ana.complaints).toEqual([]);
  });

  test('[X-21] [X-22] they lead to the first message, to the last and to a day, and what they cover is not read meanwhile', async () => {
    await using pair = await openPair(viewport, lines);
    const { ana, mara, names } = pair;
    const { page } = ana;
    const panel = panelOf(page);
    const last = ana.message(`line ${lineCount}`);
    const first = ana.message('line 1');
    /** What is jumped to is in view, and to be seen: where the details stood over it, they are gone. */
    const jump = async (name: string, to: Locator) => {
      if ((await panel.count()) === 0) await openerOf(page, names.mara).click();
      await panel.getByRole('button', { name }).click();
      if (name === 'Go to a day') {
        await page.locator('input[type="date"]').fill('1999-12-31');
        await page.getByRole('dialog', { name }).getByRole('button', { name: 'Go' }).click();
      }
      await to.waitFor();
      await expect.poll(() => isInView(to)).toBe(true);
      if (isBeside) expect(await panel.count()).toBe(1);
      else await gone(page);
    };
    await jump('Last message', last);
    await expect.poll(() => page.title()).not.toMatch(/\d/);
    await jump('First message', first);
    await jump('Last message', last);
    // Before all of it: the next thing that was said is the first.
    await jump('Go to a day', first);
    await jump('Last message', last);

    if ((await panel.count()) === 0) await openerOf(page, names.mara).click();
    await panel.waitFor();
    await mara.say(names.anaHandle, ['said meanwhile']);
    if (!isBeside) await expect.poll(() => page.title()).toMatch(/1/);
    await closerOf(page).click();
    await gone(page);
    await expect.poll(() => isInView(ana.message('said meanwhile'))).toBe(true);
    await expect.poll(() => page.title()).not.toMatch(/\d/);
    expect(ana.complaints).toEqual([]);
  });

  test('of a group they name everyone, again once there is a connection', async () => {
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ada;
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await ada.message('Is there tea?').waitFor();
    const panel = panelOf(page);
    await openerOf(page, 'tea').click();
    await panel.getByRole('heading', { name: '5 people' }).waitFor();
    await panel.getByText('It began on Nov 1, 2004').waitFor();
    await expect.poll(() => panel.locator('.group-member-names').allTextContents()).toEqual(everyone);
    await closerOf(page).click();
    await gone(page);

    const { port } = server;
    await server.stop();
    await page.getByText(/^No connection/).waitFor();
    await openerOf(page, 'tea').click();
    await panel.getByRole('alert').waitFor();
    expect(await panel.getByRole('listitem').count()).toBe(0);
    await panel.getByRole('button', { name: 'Try again' }).click();
    await panel.getByRole('alert').waitFor();
    server = await start(port);
    await expect.poll(() => panel.locator('.group-member-names').allTextContents()).toEqual(everyone);
    expect(ada.complaints).toEqual([]);
  });
});

test('nothing that axe finds wrong with the details of someone, of a group and of one’s notes', async () => {
  await using pair = await openPair(desk, ['hello']);
  const { ana, mara, names } = pair;
  const { page } = ana;
  await mara.client.updateProfile({ about: 'Ferries, lemons and the sea.' });
  await openerOf(page, names.mara).click();
  await panelOf(page).getByText('Ferries, lemons and the sea.').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.goto(server.url);
  await ana.openNotes();
  await openerOf(page, 'Notes to self').click();
  await panelOf(page).getByText('No messages yet').waitFor();
  await panelOf(page)
    .getByText(/^Only you see this/)
    .waitFor();
  expect(await findViolations(page)).toEqual([]);

  await using ada = await BrowserPerson.open(browser, server.url);
  await ada.logIn('ada');
  await ada.openFromList('tea');
  await openerOf(ada.page, 'tea').click();
  await panelOf(ada.page).getByRole('listitem').first().waitFor();
  expect(await findViolations(ada.page)).toEqual([]);
  expect([...ana.complaints, ...ada.complaints]).toEqual([]);
});
