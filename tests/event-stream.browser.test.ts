import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainProxy } from '../testkit/plain-proxy.ts';
import { BrowserPerson, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

test('[SDK-35] who is behind a proxy that lets no WebSocket through talks with who is not, and the server’s death is a blink', async () => {
  await using folder = await TemporaryFolder.make();
  let server = await ParlourProcess.start({ dataFolder: folder.path });
  const { port } = server;
  await using proxy = await PlainProxy.start(server.url);
  await using ana = await BrowserPerson.open(browser, proxy.url, phone);
  await ana.register({ name: 'Ana Field', handle: 'ana.field' });
  await using mara = await BrowserPerson.open(browser, server.url);
  await mara.register({ name: 'Mara Lindqvist', handle: 'mara.l' });
  await ana.find('@mara.l', 'mara.l');
  await ana.send('Can you read this?');
  await mara.openFromList('Ana Field');
  await ana.waitForTick('Can you read this?', 'read');
  await mara.send('Every word.');
  await ana.message('Every word.').waitFor();
  expect(proxy.refusedCount).toBeGreaterThan(0);
  await server.kill();
  await ana.send('Still there?');
  server = await ParlourProcess.start({ dataFolder: folder.path, port });
  await mara.message('Still there?').waitFor();
  await mara.send('Was I gone?');
  await ana.message('Was I gone?').waitFor();
  expect(await ana.texts()).toEqual(await mara.texts());
  // The browser says itself that a WebSocket did not open; the page adds nothing to that.
  expect(ana.complaints.filter((complaint) => !/WebSocket|ERR_|Failed to load resource/.test(complaint))).toEqual([]);
  await server.stop();
});
