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

const menu = (page: Page) => page.getByRole('menu', { name: 'Message' });
const focusedText = (page: Page) => page.locator(':focus').textContent();

describe.each([
  { where: 'a desk', viewport: desk, size: 'desk' },
  { where: 'a phone', viewport: phone, size: 'phone' },
])('at $where', ({ viewport, size }) => {
  test('[X-41] a message’s menu opens by the right button, by its keys and by its own button; Escape leads back, and nothing moves', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ana.register({ name: 'Ana Field', handle: `ana.menu.${size}` });
    await ana.openNotes();
    for (const text of ['first', 'second **bold**', 'third']) await ana.send(text);
    await ana.waitForTick('third', 'sent');
    const first = ana.message('first');
    const places = () =>
      page.locator('article .message-text').evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));
    const before = await places();
    const isFocused = () => first.evaluate((element) => document.activeElement === element);

    await first.click({ button: 'right' });
    await menu(page).waitFor();
    expect(await focusedText(page)).toBe('Copy text');
    await page.keyboard.press('ArrowDown');
    expect(await focusedText(page)).toBe('Copy link');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowDown');
    expect(await focusedText(page)).toBe('Copy text');
    expect(await places()).toEqual(before);
    await page.keyboard.press('Escape');
    await menu(page).waitFor({ state: 'detached' });
    await expect.poll(isFocused).toBe(true);

    for (const keys of ['Shift+F10', 'ContextMenu']) {
      await page.keyboard.press(keys);
      await menu(page).waitFor();
      await page.keyboard.press('Escape');
      await menu(page).waitFor({ state: 'detached' });
      await expect.poll(isFocused).toBe(true);
    }

    // A message is one stop of the Tab key, and its button the next.
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Message actions');
    await page.keyboard.press('Enter');
    await menu(page).waitFor();
    await page.keyboard.press('Enter');
    await menu(page).waitFor({ state: 'detached' });
    await page.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('first');

    await ana.message('second bold').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy text' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('second **bold**');
    await ana.message('second bold').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy link' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/c\/[0-9a-z]{26}\/3$/);
    expect(await places()).toEqual(before);

    await page.goto(await page.evaluate(() => navigator.clipboard.readText()));
    await page.locator('[data-seq="3"][data-flash]').waitFor();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-28] who read a message, and when, is told by a press on its tick and in its menu', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    await using mara = await BrowserPerson.open(browser, server.url, desk);
    const { page } = ana;
    const handle = `mara.read.${size}`;
    await ana.register({ name: 'Ana Field', handle: `ana.read.${size}` });
    await mara.register({ name: 'Mara Lindqvist', handle });
    await ana.find(handle, handle);
    await ana.send('have you seen this?');
    await ana.waitForTick('have you seen this?', 'received');
    const details = page.getByRole('dialog', { name: 'Who read it' });

    await ana.message('have you seen this?').getByTitle('Who read it').click();
    await details.getByText(/^Sent /).waitFor();
    await details.getByText('Mara Lindqvist').waitFor();
    await details.getByText('Received', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });

    await mara.openFromList('Ana Field');
    await ana.waitForTick('have you seen this?', 'read');
    await ana.message('have you seen this?').focus();
    await page.keyboard.press('Shift+F10');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await details.getByText(/^Read \D*\d/).waitFor();
    await details.getByRole('button', { name: 'Close' }).click();
    await details.waitFor({ state: 'detached' });

    await ana.context.setOffline(true);
    await ana.message('have you seen this?').getByTitle('Who read it').click();
    await details.getByRole('alert').waitFor();
    expect(ana.complaints).toEqual([]);
  });
});

test('[X-41] the press that closes the menu of one message opens that of the next', async () => {
  await using ana = await BrowserPerson.open(browser, server.url);
  const { page } = ana;
  await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await ana.register({ name: 'Ana Field', handle: 'ana.next' });
  await ana.openNotes();
  // So many that the menu of the last does not lie over the first.
  for (const text of ['above', 'two', 'three', 'four', 'five', 'six', 'seven', 'below']) await ana.send(text);
  await ana.waitForTick('below', 'sent');
  await ana.message('below').click({ button: 'right' });
  await menu(page).waitFor();
  await ana.message('above').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy text' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('above');
});

test('[X-41] a finger that stays on a message opens its menu', async () => {
  await using context = await browser.newContext({ viewport: phone, hasTouch: true, isMobile: true });
  await using ana = await BrowserPerson.inContext(context, server.url);
  const { page } = ana;
  await ana.register({ name: 'Ana Field', handle: 'ana.finger' });
  await ana.openNotes();
  await ana.send('press me');
  await ana.waitForTick('press me', 'sent');
  const box = await ana.message('press me').locator('.message-bubble').boundingBox();
  if (box === null) throw new Error('the bubble is not on the page');
  const devtools = await context.newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await page.locator('article[data-pressed]').or(menu(page)).first().waitFor();
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await menu(page).waitFor();
  await page.getByRole('menuitem', { name: 'Mark unread from here' }).tap();
  await menu(page).waitFor({ state: 'detached' });
});
