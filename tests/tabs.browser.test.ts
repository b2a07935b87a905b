import type { Browser } from 'playwright-core';
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
  server = await ParlourProcess.start({ dataFolder: folder.path });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

let groups = 0;

/** Ana with two tabs of one browser, and Mara in a browser of her own; all look at their conversation. */
async function openTabs({ locks }: { readonly locks: boolean } = { locks: true }) {
  groups += 1;
  const names = { ana: `Ana Field ${groups}`, mara: `Mara Lind ${groups}`, anaHandle: `ana.f.${groups}x`, maraHandle: `mara.l.${groups}x` };
  const mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: names.mara, handle: names.maraHandle });
  const first = await BrowserPerson.open(browser, server.url);
  if (!locks) {
    await first.context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
    await first.page.reload();
    expect(await first.page.evaluate(() => 'locks' in navigator)).toBe(false);
  }
  await first.register({ name: names.ana, handle: names.anaHandle });
  await first.find(names.maraHandle, names.maraHandle);
  await first.send('before');
  await first.waitForTick('before', 'received');
  const second = await first.openTab();
  await second.openFromList(names.mara);
  await second.message('before').waitFor();
  await mara.openFromList(names.ana);
  const close = async () => {
    await first[Symbol.asyncDispose]();
    await mara[Symbol.asyncDispose]();
    await expectConnections(0);
  };
  return { first, second, mara, names, [Symbol.asyncDispose]: close };
}

async function countConnections(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = /^parlour_connections(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error('the server counts no connections');
  return Number(value);
}

/** As the server counts them. */
function expectConnections(count: number): Promise<void> {
  return expect.poll(countConnections, { interval: 100 }).toBe(count);
}

/** The tab that holds the socket, and the other. */
function leaderFirst(one: BrowserPerson, other: BrowserPerson): readonly [leader: BrowserPerson, follower: BrowserPerson] {
  expect([one, other].filter(({ holdsSocket }) => holdsSocket)).toHaveLength(1);
  return one.holdsSocket ? [one, other] : [other, one];
}

/**
 * All show the same of these in the end, each once, those of one line in its order. What was said before may be out of view by now, and then it is
 * not in the document of each.
 */
async function expectOnce(everyone: readonly BrowserPerson[], lines: readonly (readonly string[])[]): Promise<void> {
  const all = lines.flat();
  const foundBy = async (person: BrowserPerson) => (await person.texts()).filter((text) => all.includes(text));
  // At one moment: a tab that takes over shows what is stored, and a moment later what had not been stored yet.
  const shownByAll = async () => {
    const [shown = [], ...others] = await Promise.all(everyone.map(foundBy));
    return {
      lines: lines.map((line) => shown.filter((text) => line.includes(text))),
      count: shown.length,
      differing: others.filter((other) => JSON.stringify(other) !== JSON.stringify(shown)),
    };
  };
  await expect.poll(shownByAll).toEqual({ lines, count: all.length, differing: [] });
}

const linesOf = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

async function sendAll(person: BrowserPerson, texts: readonly string[]): Promise<void> {
  for (const text of texts) await person.send(text);
}

type Tabs = Awaited<ReturnType<typeof openTabs>>;

async function sendAtOnce({ first, second, mara }: Tabs): Promise<void> {
  const lines = [linesOf('first', 15), linesOf('second', 15)] as const;
  await Promise.all([sendAll(first, lines[0]), sendAll(second, lines[1])]);
  await expectOnce([first, second, mara], lines);
  await expectConnections(2);
}

type Watched = Window & { openTransactions: number };

/** Counts the transactions that the tab has open on its store, from here on. */
function watchTransactions(tab: BrowserPerson): Promise<void> {
  return tab.page.evaluate(() => {
    const watched = window as unknown as Watched;
    const { transaction } = IDBDatabase.prototype;
    watched.openTransactions = 0;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof transaction>) {
      const opened = transaction.apply(this, args);
      watched.openTransactions += 1;
      for (const end of ['complete', 'abort']) opened.addEventListener(end, () => (watched.openTransactions -= 1));
      return opened;
    };
  });
}

/**
 * Nothing in the tab runs, as when the browser has put it to sleep; like a browser, not while it holds the store, as that would stop all tabs.
 * @returns wakes it
 */
async function freeze(tab: BrowserPerson): Promise<() => Promise<void>> {
  const devtools = await tab.context.newCDPSession(tab.page);
  await devtools.send('Debugger.enable');
  const isPaused = new Promise((resolve) => devtools.once('Debugger.paused', resolve));
  await tab.page.evaluate(() => {
    const timer = setInterval(() => {
      if ((window as unknown as Watched).openTransactions > 0) return;
      clearInterval(timer);
      // biome-ignore lint/suspicious/noDebugger: this is what stops it
      debugger;
    });
  });
  await isPaused;
  return async () => void (await devtools.send('Debugger.disable'));
}

async function freezeLeader({ first, second, mara }: Tabs): Promise<void> {
  const [leader, follower] = leaderFirst(first, second);
  await watchTransactions(leader);
  await sendAll(leader, linesOf('leader', 5));
  const thaw = await freeze(leader);
  await follower.send('follower 1');
  await follower.waitForTick('follower 1', 'read');
  await sendAll(follower, ['follower 2', 'follower 3']);
  await follower.waitForTick('follower 3', 'read');
  expect(follower.holdsSocket).toBe(true);
  await thaw();
  await leader.send('leader 6');
  await follower.waitForTick('leader 6', 'read');
  await expectOnce([leader, follower, mara], [linesOf('leader', 6), linesOf('follower', 3)]);
  await expectConnections(2);
  leaderFirst(first, second);
}

async function closeLeader({ first, second, mara }: Tabs): Promise<void> {
  const [leader, follower] = leaderFirst(first, second);
  await sendAll(leader, ['said', 'and gone']);
  // What has a sign is kept, whatever becomes of the tab; a moment before it stands there without one.
  await leader.message('and gone').locator('[data-receipt]').waitFor();
  await leader.page.close();
  await follower.send('still here');
  await follower.waitForTick('still here', 'read');
  await mara.send('so I see');
  await expectOnce([follower, mara], [['said', 'and gone', 'still here', 'so I see']]);
  await expectConnections(2);
}

test('[SDK-60] two tabs share one socket, show the same unread and messages, and what both send at once arrives once', async () => {
  await using tabs = await openTabs();
  const { first, second, mara, names } = tabs;
  await expectConnections(2);
  leaderFirst(first, second);
  for (const tab of [first, second]) await tab.page.getByRole('link', { name: 'Settings' }).click();
  await sendAll(mara, ['one', 'two', 'three']);
  for (const tab of [first, second]) await tab.row(names.mara).getByText('3 unread').waitFor();
  await first.openFromList(names.mara);
  await mara.waitForTick('three', 'read');
  await second.row(names.mara).getByText('unread').waitFor({ state: 'detached' });
  await second.openFromList(names.mara);
  await expectOnce([first, second, mara], [['one', 'two', 'three']]);
  await sendAtOnce(tabs);
  expect([...first.complaints, ...second.complaints, ...mara.complaints]).toEqual([]);
});

test('[SDK-61] a frozen leading tab is replaced while it is frozen, the thawed one is fenced and doubles nothing; a closed one is replaced', async () => {
  await using tabs = await openTabs();
  await freezeLeader(tabs);
  await closeLeader(tabs);
});

test('[SDK-60] a browser without locks, as on plain HTTP from elsewhere: sent at once, frozen and closed', async () => {
  await using tabs = await openTabs({ locks: false });
  await sendAtOnce(tabs);
  await freezeLeader(tabs);
  await closeLeader(tabs);
});

test('[SDK-3] [SDK-54] the browser evicts the store, with the cookie and without: a new device, and all that the server has is there', async () => {
  await using tabs = await openTabs();
  const { first, second, mara, names } = tabs;
  await second.page.close();
  const said = ['before'];
  for (const cookie of ['kept', 'lost']) {
    await sendAll(first, [`${cookie} 1`, `${cookie} 2`]);
    await first.waitForTick(`${cookie} 2`, 'read');
    await mara.send(`yes ${cookie}`);
    await first.message(`yes ${cookie}`).waitFor();
    said.push(`${cookie} 1`, `${cookie} 2`, `yes ${cookie}`);
    await first.leave();
    const devtools = await first.context.newCDPSession(first.page);
    await devtools.send('Storage.clearDataForOrigin', { origin: new URL(server.url).origin, storageTypes: 'indexeddb' });
    if (cookie === 'lost') await first.context.clearCookies();
    await first.comeBack();
    // With its cookie the browser is logged in as before.
    if (cookie === 'lost') await first.logIn(names.anaHandle);
    await first.openFromList(names.mara);
    await first.waitForTick(`${cookie} 2`, 'read');
    expect(await first.texts()).toEqual(said);
  }
  await first.send('from the new device');
  await first.waitForTick('from the new device', 'read');
  await expectOnce([first, mara], [[...said, 'from the new device']]);
});

test('[SDK-54] a browser without a cookie asks nothing, and one whose login is over asks once', async () => {
  await using tabs = await openTabs();
  const { first, second } = tabs;
  await second.page.close();
  const { page, context } = first;
  const renewals: number[] = [];
  const complaints: string[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('/v1/tokens')) renewals.push(response.status());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const returnTo = async () => {
    await first.leave();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.clearDataForOrigin', { origin: new URL(server.url).origin, storageTypes: 'indexeddb' });
    await first.comeBack();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    return { renewals: renewals.splice(0), complaints: complaints.splice(0).length };
  };
  await context.clearCookies({ name: /^parlour_r_/ });
  expect(await returnTo()).toEqual({ renewals: [401], complaints: 1 });
  expect(await returnTo()).toEqual({ renewals: [], complaints: 0 });
  await context.clearCookies();
  expect(await returnTo()).toEqual({ renewals: [], complaints: 0 });
});

test('[SDK-53] another person in another browser is kept apart', async () => {
  await using tabs = await openTabs();
  const { first, second, mara, names } = tabs;
  await using other = await BrowserPerson.open(browser, server.url);
  await other.register({ name: `Ola Berg ${groups}`, handle: `ola.b.${groups}x` });
  await expectConnections(3);
  await mara.send('for Ana only');
  for (const tab of [first, second]) await tab.message('for Ana only').waitFor();
  await other.find(names.maraHandle, names.maraHandle);
  await other.send('from Ola');
  await mara.row(`Ola Berg ${groups}`).getByText('1 unread').waitFor();
  expect(await other.texts()).toEqual(['from Ola']);
  for (const tab of [first, second]) expect(await tab.row('Ola Berg').count()).toBe(0);
});

type Counting = Window & { counted: Record<string, number> };

/** When each count of unread messages is seen in a tab for the first time, by the clock that all tabs have. */
function watchCounts({ page }: BrowserPerson): Promise<void> {
  return page.evaluate(() => {
    const counted: Record<string, number> = {};
    Object.assign(window, { counted });
    const look = () => {
      const count = document.querySelector('.recents-row-count')?.textContent ?? 'none';
      counted[count] ??= Date.now();
    };
    new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
}

describe.each([
  { at: 'a desk', viewport: desk, handle: 'desk' },
  { at: 'a phone', viewport: phone, handle: 'phone' },
])('at $at', ({ viewport, handle }) => {
  test('[X-34] several tabs have one socket and the same counts, at once', async () => {
    const [name, others] = [`ana.${handle}`, `mara.${handle}`];
    await using _ana = await ProgramPerson.register(server.url, { name: 'Ana Field', handle: name });
    await using mara = await ProgramPerson.register(server.url, { name: 'Mara Lind', handle: others });
    await mara.say(name, ['before']);
    await using first = await BrowserPerson.open(browser, server.url, viewport);
    await first.logIn(name);
    const tabs = [first, await first.openTab(), await first.openTab()];
    for (const tab of tabs) {
      await tab.row('Mara Lind').getByText('1 unread').waitFor();
      await watchCounts(tab);
    }
    expect(tabs.filter(({ holdsSocket }) => holdsSocket)).toHaveLength(1);
    const apartMs: number[] = [];
    for (let count = 2; count <= 7; count += 1) {
      await mara.say(name, [`message ${count}`]);
      for (const tab of tabs) await tab.row('Mara Lind').getByText(`${count} unread`).waitFor();
      const seenAt = await Promise.all(
        tabs.map(({ page }) => page.evaluate((of) => (window as unknown as Counting).counted[of], `${count} unread`)),
      );
      apartMs.push(Math.max(...seenAt.map(Number)) - Math.min(...seenAt.map(Number)));
    }
    // The best of several: what the tabs take by themselves, whatever else the machine does meanwhile.
    expect(Math.min(...apartMs)).toBeLessThan(200);
    await first.openFromList('Mara Lind');
    for (const tab of tabs.slice(1)) await tab.row('Mara Lind').getByText('unread').waitFor({ state: 'detached' });
    expect(tabs.filter(({ holdsSocket }) => holdsSocket)).toHaveLength(1);
  });
});
