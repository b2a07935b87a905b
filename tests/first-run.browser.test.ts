import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function startServer(env: Readonly<Record<string, string>> = {}) {
  const folder = await TemporaryFolder.make();
  const server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const stop = async () => {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  };
  return { url: server.url, [Symbol.asyncDispose]: stop };
}

/** What the page asks of someone new, and no more: from the form on the screen to the next one. */
async function fillIn({ page }: BrowserPerson, { name, email }: { readonly name: string; readonly email: string }): Promise<void> {
  await page.getByLabel('Name', { exact: true }).pressSequentially(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill('quiet ferry lemon 42 first');
  await page.getByRole('button', { name: 'Create account' }).click();
}

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('from an empty server to the first message: an account, a link, somebody who follows it, and they talk', async () => {
    await using server = await startServer();
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    await ada.page.getByRole('heading', { name: 'Make this place yours' }).waitFor();
    await fillIn(ada, { name: 'Ada Field', email: 'ada@example.org' });
    await ada.page.getByRole('heading', { name: 'Who will you talk to?' }).waitFor();
    const link = await ada.page.getByLabel('Your invitation link').inputValue();
    expect(link).toBe(`${server.url}/with/ada.field`);
    await ada.page.getByRole('img', { name: 'Your invitation, for a camera' }).waitFor();
    await ada.page.getByText('This link works on this computer only.').waitFor();
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ada.page.getByRole('button', { name: 'Copy link' }).click();
    await ada.page.getByText('Copied').waitFor();
    expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(link);

    await using ben = await BrowserPerson.open(browser, link, viewport);
    await ben.page.getByText('@ada.field would like to talk with you.').waitFor();
    await fillIn(ben, { name: 'Ben Okafor', email: 'ben@example.org' });
    await ben.page.getByLabel('Write to Ada Field').waitFor();
    await ben.send('so this is it');
    await ada.openFromList('Ben Okafor');
    await ada.message('so this is it').waitFor();
    await ben.waitForTick('so this is it', 'read');
    if (viewport === phone) {
      await ben.page.goBack();
      await ben.row('Ada Field').waitFor();
    }
    expect([...ada.complaints, ...ben.complaints]).toEqual([]);
  });

  test('notes to self are at hand from the first moment on', async () => {
    await using server = await startServer();
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    await fillIn(ada, { name: 'Ada Field', email: 'ada@example.org' });
    await ada.page.getByRole('button', { name: 'Notes to self' }).click();
    await ada.page.getByLabel('Write to Notes to self').waitFor();
    await ada.send('the first thing to keep');
    await ada.waitForTick('the first thing to keep', 'sent');
  });
});

test('an invitation serves someone who has an account, and says so where it leads nowhere', async () => {
  await using server = await startServer();
  await using ada = await BrowserPerson.open(browser, server.url);
  await ada.register({ name: 'Ada Field', handle: 'ada.field' });
  await using ben = await BrowserPerson.open(browser, server.url);
  await ben.register({ name: 'Ben Okafor', handle: 'ben.okafor' });
  await ben.page.goto(`${server.url}/with/ada.field`);
  await ben.page.getByLabel('Write to Ada Field').waitFor();
  await ben.page.goto(`${server.url}/with/no.such.handle`);
  await ben.page.getByText('This invitation leads nowhere').waitFor();
  await ben.page.getByText('Nobody here has this handle.').waitFor();

  await using away = await BrowserPerson.open(browser, `${server.url}/with/ada.field`);
  await away.page.getByRole('button', { name: 'Log in instead' }).click();
  await away.page.getByLabel('Handle or e-mail').fill('ben.okafor');
  await away.page.getByLabel('Password').fill('quiet ferry lemon 42 ben.okafor');
  await away.page.getByRole('button', { name: 'Log in', exact: true }).click();
  await away.page.getByLabel('Write to Ada Field').waitFor();
});

test('where registration is closed the page does not offer it, and says who makes accounts', async () => {
  await using server = await startServer({ PARLOUR_REGISTRATION: 'closed' });
  await using ada = await BrowserPerson.open(browser, server.url);
  await ada.page.getByText('Nobody lives here yet, and registration is closed.').waitFor();
  await ada.page.getByRole('form', { name: 'Log in' }).waitFor();
  expect(await ada.page.getByRole('button', { name: 'Create an account' }).count()).toBe(0);
});

test('without an answer of the server one may still try to log in', async () => {
  await using server = await startServer();
  await using ada = await BrowserPerson.open(browser, server.url);
  await ada.page.route('**/v1/server', (route) => route.abort());
  await ada.page.reload();
  await ada.page.getByRole('form', { name: 'Log in' }).waitFor();
});
