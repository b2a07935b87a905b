import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser } from './browser-person.ts';
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

/** A part of the page that is on its way for as long as one looks. */
async function hold(context: BrowserContext, part: string) {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const files = new RegExp(`/assets/${part}-[^/]*\\.js$`);
  await context.route(files, async (route) => {
    asked.resolve();
    await released.promise;
    await route.continue();
  });
  return { asked: asked.promise, release: () => released.resolve() };
}

test('nothing that axe finds wrong while a part is still coming', async () => {
  await using pair = await makePair(server.url, ['hello']);
  const { names } = pair;
  // Without a service worker, which would have it all.
  const context = await browser.newContext({ viewport: desk, serviceWorkers: 'block' });
  const entrance = await hold(context, 'entrance');
  await using ana = await BrowserPerson.inContext(context, server.url);
  const { page } = ana;
  await entrance.asked;
  expect(await findViolations(page)).toEqual([]);
  entrance.release();
  await ana.logIn(names.anaHandle);
  await ana.openFromList(names.mara);
  const conversation = page.url();

  for (const { part, path, stands } of [
    { part: 'open-conversation', path: conversation, stands: 'article' },
    { part: 'conversation-details', path: `${conversation}/about`, stands: '.details-jump' },
    { part: 'settings-screen', path: '/settings', stands: '.settings-login' },
    { part: 'people-finder', path: '/people', stands: '.people-finder-row' },
    { part: 'invite-screen', path: '/invite', stands: '.qr-place svg' },
    { part: 'qr-code', path: '/invite', stands: '.qr-place svg' },
    { part: 'accept-invitation', path: '/with/nobody.at.all', stands: '.empty-state' },
  ]) {
    const held = await hold(context, part);
    await page.goto(new URL(path, server.url).href);
    await held.asked;
    await page.locator('.recents-row, .people-finder, .shell-list').first().waitFor();
    expect(await findViolations(page), part).toEqual([]);
    held.release();
    await page.locator(stands).first().waitFor();
  }

  await page.goto(conversation);
  const emoji = await hold(context, 'emoji-picker');
  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.getByText('The emoji are on their way.').waitFor();
  expect(await findViolations(page)).toEqual([]);
  emoji.release();
  await page.getByRole('gridcell').first().waitFor();
  await page.keyboard.press('Escape');

  const sheet = await hold(context, 'shortcut-sheet');
  await page.goto(new URL('/', server.url).href);
  await ana.row(names.mara).focus();
  await page.keyboard.press('?');
  await sheet.asked;
  expect(await findViolations(page)).toEqual([]);
  sheet.release();
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
});

test('nor with a details column that breaks, beside a conversation that goes on and the way back from it', async () => {
  await using pair = await makePair(server.url, ['hello']);
  const { names } = pair;
  const context = await browser.newContext({ viewport: desk, serviceWorkers: 'block' });
  const body = "export function ConversationDetails() { throw new Error('on purpose'); }";
  await context.route('**/assets/conversation-details-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
  await using ana = await BrowserPerson.inContext(context, server.url);
  const { page } = ana;
  await ana.logIn(names.anaHandle);
  await ana.openFromList(names.mara);
  await page.locator('.conversation-about').click();
  const details = page.getByRole('region', { name: 'About this conversation' });
  await details.getByText('This part stopped working').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await details.getByRole('button', { name: 'Show it again' }).click();
  await details.getByText('This part stopped working').waitFor();
  await ana.send('still here');
  await ana.waitForTick('still here', 'received');
  await details.getByRole('button', { name: 'Close' }).click();
  await details.waitFor({ state: 'detached' });
  expect(await findViolations(page)).toEqual([]);
});
