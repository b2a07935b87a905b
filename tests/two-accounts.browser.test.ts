import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { ProgramPerson } from './program-person.ts';
import { readStore } from './read-store.ts';

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

let groups = 0;
let written = 0;

type Person = { readonly name: string; readonly handle: string; readonly friend: string; readonly said: string };

/** Ana, to whom Mara has written, and Ben, to whom Noor has; and two tabs of one browser in which nobody is logged in. */
async function openBrowser() {
  groups += 1;
  const personOf = (name: string, friend: string): Person => ({
    name: `${name} ${groups}`,
    handle: `${name.split(' ')[0]?.toLowerCase()}.${groups}x`,
    friend: `${friend} ${groups}`,
    said: `for ${name} alone`,
  });
  const people = { ana: personOf('Ana Field', 'Mara Lind'), ben: personOf('Ben Okafor', 'Noor Aziz') };
  for (const { name, handle, friend, said } of [people.ana, people.ben]) {
    await using _one = await ProgramPerson.register(server.url, { name, handle });
    await using other = await ProgramPerson.register(server.url, {
      name: friend,
      handle: `${friend.split(' ')[0]?.toLowerCase()}.${groups}y`,
    });
    await other.say(handle, [said]);
  }
  const first = await BrowserPerson.open(browser, server.url);
  await first.page.getByRole('form', { name: 'Log in' }).waitFor();
  const second = await first.openTab();
  await second.page.getByRole('form', { name: 'Log in' }).waitFor();
  return { ...people, tabs: [first, second] as const, [Symbol.asyncDispose]: () => first[Symbol.asyncDispose]() };
}

/** Both tabs are that person's, and nothing of the other one is in sight or in the store; what one writes goes out in that name. */
async function expectBoth(tabs: readonly BrowserPerson[], { here, away }: { readonly here: Person; readonly away: Person }): Promise<void> {
  for (const tab of tabs) {
    await tab.row(here.friend).waitFor();
    await expect.poll(() => tab.row(away.friend).count()).toBe(0);
  }
  for (const [index, tab] of tabs.entries()) {
    await tab.openFromList(here.friend);
    await tab.message(here.said).waitFor();
    written += 1;
    // The same person may be here twice in one test: each time other words, or the tick of those of before would do.
    const words = `from tab ${index}, ${written}`;
    await tab.send(words);
    await tab.waitForTick(words, 'sent');
    await tab.page.getByRole('link', { name: 'Settings' }).click();
    await expect.poll(() => tab.page.getByLabel('Name', { exact: true }).inputValue()).toBe(here.name);
    expect(await tab.row(away.friend).count()).toBe(0);
    expect(tab.complaints).toEqual([]);
  }
  for (const tab of tabs) {
    const kept = await readStore(tab.page);
    expect(kept).toContain(here.said);
    for (const word of [away.name, away.handle, away.friend, away.said]) expect(kept).not.toContain(word);
  }
}

/** So many of their logins are a browser’s. */
async function expectLogins({ handle }: Person, count: number): Promise<void> {
  await using elsewhere = await ProgramPerson.logIn(server.url, { handle, password: `quiet ferry lemon 42 ${handle}` });
  const others = async () => {
    const logins = await elsewhere.client.logins();
    if ('refused' in logins) throw new Error(logins.sentence);
    return logins.filter(({ label }) => label !== 'program').length;
  };
  await expect.poll(others).toBe(count);
}

async function logOut({ page }: BrowserPerson): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
}

test('[SDK-53] who logs in or out in one tab does so in all of them, and who logs in next finds nothing of the one before', async () => {
  await using opened = await openBrowser();
  const { ana, ben, tabs } = opened;
  await tabs[1].logIn(ana.handle);
  await tabs[0].row(ana.friend).waitFor();
  await tabs[0].openFromList(ana.friend);
  await tabs[0].composer.fill('a draft of Ana’s');
  await logOut(tabs[1]);
  for (const { page } of tabs) await page.getByRole('form', { name: 'Log in' }).waitFor();
  await tabs[1].logIn(ben.handle);
  // Neither of them stands where Ana stood.
  for (const tab of tabs) {
    await tab.row(ben.friend).waitFor();
    await expect.poll(() => new URL(tab.page.url()).pathname).toBe('/');
  }
  await expectBoth(tabs, { here: ben, away: ana });
});

test('[SDK-53] a log-out that the server never heard of leaves nothing either: each tab speaks for whoever is logged in now', async () => {
  await using opened = await openBrowser();
  const { ana, ben, tabs } = opened;
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ] as const) {
    await tabs[from].logIn(ana.handle);
    await tabs[to].row(ana.friend).waitFor();
    const { context } = tabs[0];
    await context.route('**/v1/logins/*', (route) => route.abort());
    await logOut(tabs[to]);
    for (const { page } of tabs) await page.getByRole('form', { name: 'Log in' }).waitFor();
    await context.unroute('**/v1/logins/*');
    await tabs[to].logIn(ben.handle);
    await expectBoth(tabs, { here: ben, away: ana });
    await logOut(tabs[from]);
    for (const { page } of tabs) await page.getByRole('form', { name: 'Log in' }).waitFor();
  }
});

test('[SDK-53] two who log in at the same moment in two tabs do not mix: whose answer comes last is logged in, in both', async () => {
  await using opened = await openBrowser();
  const { ana, ben, tabs } = opened;
  const [bensIsHere, anaIsIn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // Both are let in by the server before either of them hears of it.
  await tabs[0].page.route('**/v1/logins', async (route) => {
    const response = await route.fetch();
    await bensIsHere.promise;
    await route.fulfill({ response });
  });
  await tabs[1].page.route('**/v1/logins', async (route) => {
    const response = await route.fetch();
    bensIsHere.resolve();
    await anaIsIn.promise;
    await route.fulfill({ response });
  });
  await Promise.all([tabs[0].logIn(ana.handle), tabs[1].logIn(ben.handle)]);
  for (const tab of tabs) await tab.row(ana.friend).waitFor();
  anaIsIn.resolve();
  await expectBoth(tabs, { here: ben, away: ana });
  await expectLogins(ana, 0);
  await expectLogins(ben, 1);
});

test('[SDK-53] one who logs in twice at once, in two tabs or by two presses, has one login', async () => {
  await using opened = await openBrowser();
  const { ana, tabs } = opened;
  const bothAnswered = Promise.withResolvers<void>();
  let answered = 0;
  const answerTogether = async (route: Route) => {
    const response = await route.fetch();
    answered += 1;
    if (answered === 2) bothAnswered.resolve();
    await bothAnswered.promise;
    await route.fulfill({ response });
  };
  for (const { page } of tabs) await page.route('**/v1/logins', answerTogether);
  await Promise.all(tabs.map((tab) => tab.logIn(ana.handle)));
  await expectLogins(ana, 1);
  for (const tab of tabs) await tab.page.unroute('**/v1/logins', answerTogether);
  await logOut(tabs[1]);
  const { page } = tabs[0];
  const form = page.getByRole('form', { name: 'Log in' });
  await form.waitFor();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/v1/logins')) asked.push(request.url());
  });
  await page.getByLabel('Handle or e-mail').fill(ana.handle);
  await page.getByLabel('Password').fill(`quiet ferry lemon 42 ${ana.handle}`);
  await form.evaluate((element: HTMLFormElement) => {
    element.requestSubmit();
    element.requestSubmit();
  });
  await tabs[0].row(ana.friend).waitFor();
  expect(asked).toHaveLength(1);
  await expectLogins(ana, 1);
});

test('[SDK-53] whose login was ended from elsewhere leaves their place in the browser to the next one, and gets it back if they come first', async () => {
  await using opened = await openBrowser();
  const { ana, ben, tabs } = opened;
  const endLogin = async () => {
    await using elsewhere = await ProgramPerson.logIn(server.url, { handle: ana.handle, password: `quiet ferry lemon 42 ${ana.handle}` });
    const logins = await elsewhere.client.logins();
    if ('refused' in logins) throw new Error(logins.sentence);
    for (const { id, current } of logins) if (!current) await elsewhere.client.endLogin(id);
    for (const { page } of tabs) await page.getByRole('form', { name: 'Log in' }).waitFor();
  };
  await tabs[0].logIn(ana.handle);
  await tabs[1].openFromList(ana.friend);
  const address = tabs[1].page.url();
  await endLogin();
  await tabs[0].logIn(ana.handle);
  await tabs[1].message(ana.said).waitFor();
  expect(tabs[1].page.url()).toBe(address);
  await endLogin();
  await tabs[0].logIn(ben.handle);
  await expectBoth(tabs, { here: ben, away: ana });
});
