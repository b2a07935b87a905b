import type { Browser } from 'playwright-core';
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

let pairs = 0;

/** Two people who have just registered, one at a desk, if nothing else is said, and one at a phone. */
async function openPair(viewport = desk) {
  pairs += 1;
  const ana = await BrowserPerson.open(browser, server.url, viewport);
  const mara = await BrowserPerson.open(browser, server.url, phone);
  const names = {
    ana: `Ana Field ${pairs}`,
    mara: `Mara Lindqvist ${pairs}`,
    anaHandle: `ana.field.${pairs}x`,
    maraHandle: `mara.l.${pairs}x`,
  };
  await ana.register({ name: names.ana, handle: names.anaHandle });
  await mara.register({ name: names.mara, handle: names.maraHandle });
  const close = async () => {
    await ana[Symbol.asyncDispose]();
    await mara[Symbol.asyncDispose]();
  };
  return { ana, mara, names, [Symbol.asyncDispose]: close };
}

test('[X-2] two people find each other and talk; ticks go from sent to received to read', async () => {
  await using pair = await openPair();
  const { ana, mara, names } = pair;
  await ana.find(`@${names.maraHandle}`, names.maraHandle);
  await mara.leave();
  await ana.send('Morning! Did the ferry people ever write back?');
  await ana.waitForTick('Morning! Did the ferry people ever write back?', 'sent');
  await mara.comeBack();
  await ana.waitForTick('Morning! Did the ferry people ever write back?', 'received');
  await mara.row(names.ana).getByText('1 unread').waitFor();
  await mara.openFromList(names.ana);
  await ana.waitForTick('Morning! Did the ferry people ever write back?', 'read');
  await mara.send('They did, at last.');
  await ana.message('They did, at last.').waitFor();
  await mara.waitForTick('They did, at last.', 'read');
  expect(await ana.texts()).toEqual(await mara.texts());
  expect([...ana.complaints, ...mara.complaints]).toEqual([]);
});

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-26] who is here and who writes is seen, and goes', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    await ana.find('Mara Lindq', names.maraHandle);
    await ana.page.getByText('here now', { exact: true }).waitFor();
    await ana.send('hello');
    await mara.openFromList(names.ana);
    await mara.composer.pressSequentially('I am wr');
    await ana.page.locator('.conversation-header .typing-names').waitFor();
    await ana.page.locator('.conversation-header .typing-names').waitFor({ state: 'detached' });
    await mara.leave();
    await ana.page.getByText(/^last here/).waitFor();
  });

  test('[X-33] without a server one goes on: a banner after 2 s, a clock at what waits, and all of it arrives once', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    await ana.find(names.maraHandle, names.maraHandle);
    await ana.send('before');
    await ana.waitForTick('before', 'received');
    const port = server.port;
    await server.stop();
    await ana.page.getByText(/^No connection/).waitFor();
    for (const text of ['one', 'two', 'three']) await ana.send(text);
    await ana.waitForTick('three', 'pending');
    expect(await ana.texts()).toEqual(['before', 'one', 'two', 'three']);
    server = await ParlourProcess.start({ dataFolder: folder.path, port });
    await ana.waitForTick('three', 'received');
    await ana.page.getByText(/^No connection/).waitFor({ state: 'detached' });
    await mara.openFromList(names.ana);
    await mara.message('three').waitFor();
    expect(await mara.texts()).toEqual(['before', 'one', 'two', 'three']);
  });

  test('[X-4] a message that waits when its tab is closed is sent exactly once when one comes back', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    await ana.find(names.maraHandle, names.maraHandle);
    await ana.send('before');
    await ana.waitForTick('before', 'received');
    const port = server.port;
    await server.stop();
    await ana.send('written without a server');
    await ana.waitForTick('written without a server', 'pending');
    await ana.leave();
    server = await ParlourProcess.start({ dataFolder: folder.path, port });
    await ana.comeBack();
    await ana.openFromList(names.mara);
    await ana.waitForTick('written without a server', 'received');
    await mara.openFromList(names.ana);
    await mara.message('written without a server').waitFor();
    expect(await mara.texts()).toEqual(['before', 'written without a server']);
  });
});

test('a reload keeps everything, and another device of the same person sees it all', async () => {
  await using pair = await openPair();
  const { ana, mara, names } = pair;
  await ana.find(names.maraHandle, names.maraHandle);
  for (let index = 1; index <= 5; index += 1) await ana.send(`line ${index}`);
  await mara.openFromList(names.ana);
  await mara.send('seen');
  await ana.message('seen').waitFor();
  await ana.waitForTick('line 5', 'read');
  const before = await ana.texts();
  await ana.page.reload();
  await ana.message('seen').waitFor();
  expect(await ana.texts()).toEqual(before);
  await using other = await BrowserPerson.open(browser, server.url, phone);
  await other.logIn(names.anaHandle);
  await other.openFromList(names.mara);
  await other.waitForTick('line 5', 'read');
  expect(await other.texts()).toEqual(before);
});
