import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { enter } from './page-walk.ts';
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
  { where: 'a desk', viewport: desk, handle: 'ana.desk' },
  { where: 'a phone', viewport: phone, handle: 'ana.phone' },
])('at $where', ({ viewport, handle }) => {
  test('an emoji is found by name and by arrows, stands at the caret, and the field has the focus again', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    const strangers: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== server.url) strangers.push(request.url());
    });
    await ana.register({ name: 'Ana Field', handle });
    await ana.openNotes();
    const caret = () =>
      ana.composer.evaluate((field) => (document.activeElement === field ? (field as HTMLTextAreaElement).selectionStart : 'elsewhere'));
    const picker = page.getByRole('dialog', { name: 'Emoji' });

    await ana.composer.fill('to the ferry');
    for (let step = 0; step < ' the ferry'.length; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await picker.getByLabel('Find an emoji').waitFor();
    await page.keyboard.type('lemon');
    await picker.getByRole('gridcell', { name: 'Lemon', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await picker.waitFor({ state: 'detached' });
    expect(await ana.composer.inputValue()).toBe('to🍋 the ferry');
    await expect.poll(caret).toBe('to🍋'.length);

    // Escape closes it and changes nothing; what was used last is at hand, also without a connection.
    await ana.context.setOffline(true);
    await page.getByRole('button', { name: 'Emoji' }).click();
    await picker.getByRole('button', { name: 'Lemon', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await picker.waitFor({ state: 'detached' });
    await expect.poll(caret).toBe('to🍋'.length);
    await page.getByRole('button', { name: 'Emoji' }).click();
    await picker.getByRole('button', { name: 'Lemon', exact: true }).click();
    expect(await ana.composer.inputValue()).toBe('to🍋🍋 the ferry');
    await ana.context.setOffline(false);
    await ana.composer.press('Enter');
    await ana.message('to🍋🍋 the ferry').waitFor();

    await page.reload();
    await page.getByRole('button', { name: 'Emoji' }).click();
    await picker.getByRole('button', { name: 'Lemon', exact: true }).waitFor();
    expect(strangers).toEqual([]);
    expect(ana.complaints).toEqual([]);
  });

  test('what one person used is not there for the next', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await ana.logIn(handle);
    await ana.openFromList('Notes to self');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await page.getByLabel('Find an emoji').fill('anchor');
    await page.getByRole('gridcell', { name: 'Anchor', exact: true }).click();
    const remembered = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('parlour.person.')));
    expect(await remembered()).not.toEqual([]);
    await page.goto(`${server.url}/settings`);
    await page
      .getByRole('button', { name: /^Log out/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await expect.poll(remembered).toEqual([]);
  });
});

test.each([
  { language: 'ar', lemon: 'ليمون', flag: 'اليابان', family: 'Family: man, woman, girl, boy' },
  { language: 'ja', lemon: 'レモン', flag: '日本', family: 'Family: man, woman, girl, boy' },
])('in $language an emoji is found by its name there, and by the English one', async ({ language, lemon, flag, family }) => {
  await using pair = await makePair(server.url, ['hello']);
  await using ana = await BrowserPerson.inContext(await browser.newContext({ viewport: desk, locale: language }), server.url);
  const { page } = ana;
  await enter(ana, { handle: pair.names.anaHandle, password: `quiet ferry lemon 42 ${pair.names.anaHandle}` });
  await page.locator('.recents-row', { hasText: pair.names.mara }).click();
  await page.locator('.composer-emoji').click();
  const search = page.locator('.emoji-picker-search');
  const found = (name: string) => page.getByRole('gridcell', { name, exact: true });
  await search.fill(lemon);
  await found(lemon).waitFor();
  expect(await found(lemon).getAttribute('lang')).toBe(null);
  await search.fill('Family: man, woman, girl, boy');
  await found(family).waitFor();
  expect(await found(family).getAttribute('lang')).toBe('en');
  await search.fill(flag);
  await found(flag).waitFor();
  await search.fill('lemon');
  await found(lemon).click();
  expect(await ana.composer.inputValue()).toBe('🍋');
  await page.locator('.composer-emoji').click();
  await page.locator('.emoji-picker-recent').getByRole('button', { name: lemon, exact: true }).waitFor();
  expect(ana.complaints).toEqual([]);
});
