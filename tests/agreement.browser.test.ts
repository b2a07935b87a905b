import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectBrowserAgreement } from '../testkit/browser-agreement.ts';
import { BrowserPerson, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

test('a server killed while two browsers talk: both return, and what they keep equals a recount of what the server has', async () => {
  await using folder = await TemporaryFolder.make();
  const server = await ParlourProcess.start({ dataFolder: folder.path });
  await using ana = await BrowserPerson.open(browser, server.url);
  await using mara = await BrowserPerson.open(browser, server.url, phone);
  await ana.register({ name: 'Ana Field', handle: 'ana.field' });
  await mara.register({ name: 'Mara Lindqvist', handle: 'mara.l' });
  await ana.find('@mara.l', 'mara.l');
  await ana.send('Before it fell');
  await mara.openFromList('Ana Field');
  await ana.waitForTick('Before it fell', 'read');
  await server.kill();
  await ana.send('While it lay');
  await mara.send('It fell here too');
  await using _again = await ParlourProcess.start({ dataFolder: folder.path, port: server.port });
  await ana.waitForTick('While it lay', 'read');
  await mara.waitForTick('It fell here too', 'read');
  const browsers = [
    { name: 'ana', page: ana.page },
    { name: 'mara', page: mara.page },
  ];
  const counted = await expectBrowserAgreement(folder.path, browsers);
  const [conversation] = counted.conversations.values();
  const texts = conversation?.entries.flatMap(({ text }) => text ?? []);
  expect(texts?.toSorted()).toEqual(['Before it fell', 'It fell here too', 'While it lay']);
  expect(await ana.texts()).toEqual(texts);
  expect(await mara.texts()).toEqual(texts);
});
