import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

const look = '.first-look';

/** Someone with a conversation with themselves, in which this was said last; nothing stands between their page and the server. */
async function newcomer(url: string, viewport: typeof desk): Promise<BrowserPerson> {
  const person = await BrowserPerson.inContext(await browser.newContext({ viewport, serviceWorkers: 'block' }), url);
  await person.register({ name: 'Ada', handle: 'ada' });
  await person.openNotes();
  await person.send('buy lemons');
  await person.waitForTick('buy lemons', 'sent');
  return person;
}

const pictureOf = ({ page }: BrowserPerson) => page.evaluate(() => localStorage.getItem('parlour.person.first look'));
const programFiles = /\/assets\/index-[^/]+\.js$/;

test.each([
  ['at a desk', desk],
  ['at a phone', phone],
])(
  '[X-31] the list as it was left stands there before the program has come, and what is pressed in it opens: %s',
  async (_name, viewport) => {
    await using folder = await TemporaryFolder.make();
    await using server = await ParlourProcess.start({ dataFolder: folder.path });
    await using ada = await newcomer(server.url, viewport);
    const { page } = ada;
    await page.goto(server.url);
    await ada.row('Notes to self').waitFor();
    await ada.leave();

    const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>();
    await page.route(programFiles, async (route) => {
      await mayCome;
      await route.continue();
    });
    await page.goto(server.url, { waitUntil: 'commit' });
    const shown = page.locator(`${look} .recents-row`);
    await shown.getByText('buy lemons').waitFor();
    const place = await shown.boundingBox();
    await page.mouse.click((place?.x ?? 0) + 40, (place?.y ?? 0) + 20);
    letCome();
    await ada.composer.waitFor();
    await ada.message('buy lemons').waitFor();
    await page.locator(look).waitFor({ state: 'detached' });
    if (viewport === desk) expect(await ada.row('Notes to self').boundingBox()).toEqual(place);
    // A page that is told to do without a service worker complains of that.
    expect(ada.complaints.filter((complaint) => /policy|trusted/i.test(complaint))).toEqual([]);
  },
);

test('nobody else sees it: it goes with the login, and without its login it is not shown', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  await using ada = await newcomer(server.url, desk);
  const { page, context } = ada;
  await ada.leave();
  await page.route(programFiles, (route) => route.abort());
  await ada.comeBack();
  await page.locator(look).waitFor();
  const picture = (await pictureOf(ada)) ?? '';
  expect(picture).toContain('buy lemons');

  const cookies = await context.cookies();
  await context.clearCookies({ name: 'parlour_login' });
  await ada.comeBack();
  expect(await page.locator(look).count()).toBe(0);
  const [hint] = cookies.filter(({ name }) => name === 'parlour_login');
  if (hint === undefined) throw new Error('the page has no hint of a login');
  await context.addCookies([hint]);
  await page.unroute(programFiles);

  await page.goto(`${server.url}/settings`);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByLabel('Password').waitFor();
  await expect.poll(() => pictureOf(ada)).toBeNull();
  await ada.comeBack();
  await page.getByLabel('Password').waitFor();
  expect(await page.locator(look).count()).toBe(0);
});
