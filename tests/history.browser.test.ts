import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { ProgramPerson } from './program-person.ts';
import { walkHistory } from './walk-history.ts';

const messageCount = 600;
/** What the log begins with, which is no message. */
const lastSeq = messageCount + 1;
let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

/** As long and as odd as what people write: one word, a paragraph, lines, an address, another script. */
function textOf(index: number): string {
  const kinds = [
    `ok ${index}`,
    `${index} ${'and then the ferry came in, '.repeat((index * 7) % 23)}`,
    `${index}\n  a line that is set in\n\nand one after a gap`,
    `${index} https://example.org/${'path/'.repeat((index * 5) % 40)}`,
    `${index} مساء الخير، وصلت الأوراق`,
    `${index} ${'x'.repeat((index * 13) % 300)}`,
  ];
  return kinds[(index * 31) % kinds.length] as string;
}

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({
    dataFolder: folder.path,
    env: { PARLOUR_RATE_SENDS_PER_SECOND: '10000', PARLOUR_RATE_SENDS_BURST: '10000' },
  });
  await using mara = await ProgramPerson.register(server.url, { name: 'Mara Lindqvist', handle: 'mara.l' });
  for (const [name, handle] of [
    ['Ana Field', 'ana.field'],
    ['Ola Berg', 'ola.berg'],
  ] as const) {
    await using _reader = await ProgramPerson.register(server.url, { name, handle });
    await mara.say(
      handle,
      Array.from({ length: messageCount }, (_, index) => textOf(index + 1).trim()),
    );
  }
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** Walking through all of it takes as many frames as it has steps. */
const walkMs = 900_000;
const allSeqs = Array.from({ length: lastSeq }, (_, index) => index + 1);

describe.each([
  { place: 'a desk', viewport: desk, reader: 'ana.field' },
  { place: 'a phone', viewport: phone, reader: 'ola.berg' },
])('at $place', ({ viewport, reader }) => {
  test('[X-16] a conversation opens at the first unread message, however far back, and marks as read only what was in view', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    await ana.logIn(reader);
    const unread = ana.row('Mara Lindqvist').getByText(/ unread$/);
    await ana.row('Mara Lindqvist').getByText(`${messageCount} unread`).waitFor();
    await ana.openFromList('Mara Lindqvist');
    await ana.page.getByText('New messages').waitFor();
    await expect.poll(() => ana.page.locator('[data-seq="2"]').evaluate(isInView)).toBe(true);
    const badge = ana.page.locator('.message-list-down');
    await expect.poll(async () => Number(await badge.textContent())).toBeLessThan(messageCount);
    expect(Number(await badge.textContent())).toBeGreaterThan(messageCount - 50);
    expect(await ana.page.getByText('New messages').count()).toBe(1);
    if (viewport === phone) await ana.page.goBack();
    await unread.waitFor();
  });

  test(
    '[X-14] all of a long conversation is scrolled through, up and down, without a hole, a jump of more than 1 px or a document that grows',
    async () => {
      await using ana = await BrowserPerson.open(browser, server.url, viewport);
      await ana.logIn(reader);
      await ana.openFromList('Mara Lindqvist');
      await ana.page.getByRole('button', { name: 'Jump to the last message' }).click();
      await ana.page.locator(`[data-seq="${lastSeq}"]`).waitFor();
      const up = await ana.page.evaluate(walkHistory, { direction: -1, endSeq: 1 } as const);
      expect(up.holes).toEqual([]);
      expect(up.seen).toEqual(allSeqs);
      expect(up.movedPx).toBeLessThanOrEqual(1);
      const down = await ana.page.evaluate(walkHistory, { direction: 1, endSeq: lastSeq } as const);
      expect(down.holes).toEqual([]);
      expect(down.seen).toEqual(allSeqs);
      expect(down.movedPx).toBeLessThanOrEqual(1);
      expect(Math.max(up.mountedMax, down.mountedMax)).toBeLessThan(150);
      expect(ana.complaints).toEqual([]);
    },
    walkMs,
  );

  test(
    '[X-21] a jump to the first, to a message in the middle and to the last, and scrolling from each',
    async () => {
      await using ana = await BrowserPerson.open(browser, server.url, viewport);
      await ana.logIn(reader);
      await ana.openFromList('Mara Lindqvist');
      await ana.page.getByRole('button', { name: 'Jump to the first message' }).click();
      await ana.page.getByText('This is where it begins').waitFor();
      await ana.page.locator('[data-seq="2"]').waitFor();
      await ana.page.getByRole('button', { name: 'Jump to the last message' }).click();
      await ana.page.locator(`[data-seq="${lastSeq}"]`).waitFor();

      await ana.page.goto(`${ana.page.url().replace(/\/\d+$/, '')}/300`);
      await ana.page.locator('[data-seq="300"][data-flash]').waitFor();
      await expect.poll(() => ana.page.locator('[data-seq="300"]').evaluate(isInView)).toBe(true);
      const up = await ana.page.evaluate(walkHistory, { direction: -1, endSeq: 1 } as const);
      expect(up.holes).toEqual([]);
      expect(up.seen.slice(0, 300)).toEqual(allSeqs.slice(0, 300));
      expect(up.movedPx).toBeLessThanOrEqual(1);
    },
    walkMs,
  );

  test('[X-32] going to and fro in a long history leaves neither elements nor memory behind', async () => {
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    await ana.logIn(reader);
    await ana.openFromList('Mara Lindqvist');
    const { page } = ana;
    const devtools = await ana.context.newCDPSession(page);
    const list = page.locator('.message-list-scroller');
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round += 1) {
        await page.getByRole('button', { name: 'Jump to the first message' }).click();
        await page.locator('[data-seq="2"]').waitFor();
        for (let screen = 0; screen < 5; screen += 1) await list.evaluate((element) => element.scrollBy(0, element.clientHeight));
        await page.getByRole('button', { name: 'Jump to the last message' }).click();
        await page.locator(`[data-seq="${lastSeq}"]`).waitFor();
        for (let screen = 0; screen < 5; screen += 1) await list.evaluate((element) => element.scrollBy(0, -element.clientHeight));
      }
      await devtools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await devtools.send('Runtime.getHeapUsage');
      return { heapMb: usedSize / 1e6, elements: await page.evaluate(() => document.querySelectorAll('*').length) };
    };
    // What a page keeps once is kept after these.
    const before = await rounds(6);
    const after = await rounds(14);
    expect(after.elements).toBeLessThan(3_000);
    expect(after.heapMb - before.heapMb).toBeLessThan(2);
    expect(ana.complaints).toEqual([]);
  });
});

function isInView(element: Element): boolean {
  const box = element.getBoundingClientRect();
  const within = element.closest('.message-list-scroller')?.getBoundingClientRect();
  return within !== undefined && box.top >= within.top - 1 && box.bottom <= within.bottom + 1;
}
