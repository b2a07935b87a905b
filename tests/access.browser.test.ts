import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({ dataFolder: folder.path });
  await using mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: 'Mara Lindqvist', handle: 'mara.l' });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const focused = (page: Page) => page.locator(':focus');
const textOf = (page: Page) => focused(page).locator('.message-text').textContent();

test('entrance, list, conversation and settings have nothing that axe finds wrong', async () => {
  await using ana = await BrowserPerson.open(browser, server.url);
  const { page } = ana;
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Create an account' }).click();
  expect(await findViolations(page)).toEqual([]);
  await page.reload();
  await ana.register({ name: 'Ana Field', handle: 'ana.field' });
  await ana.find('mara.l', 'mara.l');
  await ana.send('hello, see https://example.org');
  await ana.waitForTick('hello, see https://example.org', 'sent');
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'Find a person' }).first().click();
  await page.getByText('Notes to self').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'Back to your conversations' }).click();
  await ana.row('Mara Lindqvist').waitFor();
  expect(await findViolations(page)).toEqual([]);
  for (const [key, name] of [
    ['Control+k', 'Search or jump to'],
    ['?', 'Keys'],
  ] as const) {
    // Where one writes, a question mark is one.
    await ana.row('Mara Lindqvist').focus();
    await page.keyboard.press(key);
    await page.getByRole('dialog', { name }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('link', { name: 'Settings' }).click();
  await page
    .getByText('This device')
    .or(page.getByRole('heading', { name: 'Leave' }))
    .first()
    .waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('nor is anything wrong that axe finds with what opens above a conversation, or with marks in a text', async () => {
  await using ana = await BrowserPerson.open(browser, server.url);
  const { page } = ana;
  await ana.register({ name: 'Ana Above', handle: 'ana.above' });
  await ana.find('mara.l', 'mara.l');
  await ana.send('> quoted\n**bold** `code` [a link](https://example.org)\n- one\n- two\n\n```ts\nlet a;\n```');
  await ana.send('seen?');
  await ana.waitForTick('seen?', 'sent');

  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('gridcell').first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');

  await ana.message('seen?').click({ button: 'right' });
  await page.getByRole('menu').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Who read it' }).click();
  await page.getByRole('dialog', { name: 'Who read it' }).getByText('Mara Lindqvist').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /: go to another day$/ }).focus();
  await page.keyboard.press('Enter');
  await page.locator('input[type="date"]').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(ana.complaints).toEqual([]);
});

test('all of it goes by keyboard: arrows in lists, Enter opens, Escape leads back', async () => {
  await using ola = await BrowserPerson.open(browser, server.url);
  const { page } = ola;
  const { keyboard } = page;
  await ola.register({ name: 'Ola Berg', handle: 'ola.berg' });

  // The finder: down from the field into the people, up again, Escape home.
  await page.getByRole('link', { name: 'Find a person' }).first().focus();
  await keyboard.press('Enter');
  await page.getByLabel('Handle or name').waitFor();
  await keyboard.type('mara');
  await page.locator('.people-finder-row', { hasText: '@mara.l' }).waitFor();
  await keyboard.press('ArrowDown');
  expect(await focused(page).textContent()).toContain('@mara.l');
  await keyboard.press('ArrowUp');
  expect(await focused(page).getAttribute('aria-label')).toBe('Handle or name');
  await keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Parlour' }).waitFor();

  for (const name of ['Mara Lindqvist', 'Notes to self']) {
    await page.getByRole('link', { name: 'Find a person' }).first().focus();
    await keyboard.press('Enter');
    if (name !== 'Notes to self') await keyboard.type(name);
    await page.locator('.people-finder-row', { hasText: name }).waitFor();
    await keyboard.press('ArrowDown');
    // Where nobody is looked for, a group can be begun before anybody is written to.
    if (name === 'Notes to self') {
      expect(await focused(page).textContent()).toContain('New group');
      await keyboard.press('ArrowDown');
    }
    await keyboard.press('Enter');
    await page.getByLabel(/^Write to/).waitFor();
    await page.getByLabel(/^Write to/).focus();
    for (const text of ['one', 'two', 'three']) {
      await keyboard.type(text);
      await keyboard.press('Enter');
      await ola.message(text).waitFor();
    }
    await ola.waitForTick('three', 'sent');
  }

  // Among messages: arrows, Home and End; Escape leads to where one writes.
  await ola.message('three').focus();
  await keyboard.press('ArrowUp');
  await expect.poll(() => textOf(page)).toBe('two');
  await keyboard.press('Home');
  await expect.poll(() => textOf(page)).toBe('one');
  await keyboard.press('ArrowDown');
  await expect.poll(() => textOf(page)).toBe('two');
  await keyboard.press('End');
  await expect.poll(() => textOf(page)).toBe('three');
  await keyboard.press('Escape');
  expect(await ola.composer.evaluate((field) => field === document.activeElement)).toBe(true);

  // Among conversations.
  const rows = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
  await expect.poll(() => rows.count()).toBe(2);
  await rows.first().focus();
  await keyboard.press('ArrowDown');
  expect(await focused(page).textContent()).toContain('Mara Lindqvist');
  await keyboard.press('Enter');
  await page.getByLabel('Write to Mara Lindqvist').waitFor();

  await page.getByRole('link', { name: 'Settings' }).focus();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await keyboard.press('Escape');
  await page.getByLabel('Write to Mara Lindqvist').waitFor();
  expect(await focused(page).getAttribute('aria-label')).toBe('Settings');
  expect(ola.complaints).toEqual([]);
});
