import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { desk, launchBrowser } from '../tests/browser-person.ts';
import { buildWeb } from '../tools/build-web.ts';
import { percentile, type Result, result, sortedNumbers } from './measure.ts';
import type { SeededPerson, Seeder } from './seeded-folder.ts';
import { sizes } from './sizes.ts';
import { SystemUnderTest } from './system-under-test.ts';
import { watchPage } from './web-page-watch.ts';

/** As on a phone of the middle class, by the reckoning of the browser's own tools. */
const slowDown = 4;
const password = 'quiet ferry lemon 42 bench';
const openings = 3;
const betweenKeysMs = 70;
/** Between two that are measured, so that neither waits for what the other left to do. */
const restMs = 250;
const { conversations: conversationCount, messages: messageCount, rounds, keys: keyCount, scrollMs } = sizes.web;

/** The one with the long history was written to last, so that it stands at the top. */
async function seedWeb(seeder: Seeder): Promise<void> {
  const [self, ...others] = seeder.people as [SeededPerson, ...SeededPerson[]];
  const linesOf = function* (other: SeededPerson, count: number, endedMinutesAgo: number) {
    for (let index = 0; index < count; index++) {
      yield {
        kind: 'message' as const,
        author: (index % 3 ? self : other).id,
        body: { text: `Line ${index}: ${'as long as people write them on a quiet day, '.repeat(index % 4)}and that is all.` },
        ts: Date.now() - endedMinutesAgo * 60_000 - (count - index) * 1_000,
      };
    }
  };
  for (const [index, other] of others.entries()) {
    await seeder.createDirect(self, other, linesOf(other, index === 0 ? messageCount : 12, index));
  }
}

type Opened = { readonly page: Page; readonly devtools: CDPSession };

async function open(context: BrowserContext, url: string, rate: number): Promise<Opened> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  // The window's own frame takes room from the page, and what lies beyond its edge, as the field that one writes in, is drawn when the caret blinks.
  const { windowId } = await devtools.send('Browser.getWindowForTarget');
  await devtools.send('Browser.setWindowBounds', { windowId, bounds: { width: desk.width + 100, height: desk.height + 200 } });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate });
  await page.addInitScript(watchPage);
  await page.goto(url);
  return { page, devtools };
}

const rows = (page: Page) => page.getByRole('navigation', { name: 'Conversations' }).getByRole('link');

type Openings = { readonly seenMs: number; readonly listMs: number; readonly interactiveMs: number };

/** What a person sees who opens the app again: from what is stored, whatever the network does. */
async function openAgain(context: BrowserContext, url: string): Promise<Openings> {
  const all: Openings[] = [];
  for (let round = 0; round < openings; round++) {
    const { page } = await open(context, url, slowDown);
    await rows(page).first().waitFor();
    all.push(await page.evaluate(() => window.bench.whenQuiet()));
    await leave(page);
  }
  const median = (of: keyof Openings) => percentile(sortedNumbers(all.map((each) => each[of])), 0.5);
  return { seenMs: median('seenMs'), listMs: median('listMs'), interactiveMs: median('interactiveMs') };
}

/** As somebody does who goes elsewhere, and not as a browser that is killed. */
async function leave(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.close();
}

async function typing(page: Page, field: string): Promise<number[]> {
  const composer = page.locator(field);
  await composer.click();
  await page.evaluate(() => window.bench.startKeys());
  for (let index = 0; index < keyCount; index++) {
    await page.keyboard.press('abcdefghij'[index % 10] as string);
    // The pace of a quick hand; keys that come faster would wait for one another.
    await page.waitForTimeout(betweenKeysMs);
  }
  const keys = await page.evaluate(() => window.bench.keys());
  await composer.fill('');
  return keys;
}

/** What the browser and the machine take for a key where there is no page to speak of. */
async function typingOnNothing(context: BrowserContext): Promise<number[]> {
  const { page } = await open(context, 'about:blank', slowDown);
  await page.evaluate(() => document.body.append(document.createElement('textarea')));
  const keys = await typing(page, 'textarea');
  await page.close();
  return keys;
}

async function sending(page: Page): Promise<number[]> {
  const times: number[] = [];
  const composer = page.locator('.composer textarea');
  for (let index = 0; index < rounds; index++) {
    const text = `A bubble, please: ${index}`;
    await composer.fill(text);
    await page.evaluate((wanted) => window.bench.watchFor('article', wanted), text);
    await page.keyboard.press('Enter');
    times.push(await page.evaluate(() => window.bench.shown()));
    await page.waitForTimeout(restMs);
  }
  return times;
}

/** From the release of the button, to the name above and to what was said last. */
async function switching(page: Page): Promise<number[]> {
  const places: { readonly name: string; readonly x: number; readonly y: number }[] = [];
  for (let index = 0; index < 8; index++) {
    const row = rows(page).nth(2 + index);
    const box = await row.boundingBox();
    if (!box) throw new Error('a row of the list has no place on the page');
    places.push({ name: (await row.locator('bdi').first().textContent()) ?? '', x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }
  const times: number[] = [];
  for (let index = 0; index < rounds; index++) {
    const { name, x, y } = places[index % places.length] as (typeof places)[number];
    await page.evaluate((title) => window.bench.watchFor('h1', title), name);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.up();
    times.push(await page.evaluate(() => window.bench.shown()));
    await page.locator('article').first().waitFor();
    await page.waitForTimeout(restMs);
  }
  return times;
}

type Scrolled = { readonly framesMs: number[]; readonly nodesMax: number; readonly heapMb: number };

async function scrolling({ page, devtools }: Opened): Promise<Scrolled> {
  await rows(page).first().click();
  await page.locator('article').first().waitFor();
  const heapOf = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  const box = await page.getByRole('region', { name: 'Messages' }).boundingBox();
  if (!box) throw new Error('the messages have no place on the page');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const before = await heapOf();
  await page.evaluate(() => window.bench.startFrames());
  const endsAt = performance.now() + scrollMs;
  while (performance.now() < endsAt) await page.mouse.wheel(0, -400);
  const { framesMs, nodesMax } = await page.evaluate(() => window.bench.frames());
  return { framesMs, nodesMax, heapMb: (await heapOf()) - before };
}

async function measure(browser: Browser, url: string): Promise<Result[]> {
  const context = await browser.newContext({ viewport: desk });
  const first = await open(context, url, 1);
  await first.page.getByLabel('Handle or e-mail').fill('bench0@example.org');
  await first.page.getByLabel('Password').fill(password);
  await first.page.getByRole('button', { name: 'Log in' }).click();
  await rows(first.page).first().waitFor();
  // The rest of the list comes a page at a time; the server was asked for all of it when nothing more arrives.
  await first.page.evaluate(() => window.bench.whenQuiet());
  await rows(first.page).first().click();
  await first.page.locator('article').first().waitFor();
  await leave(first.page);

  const { seenMs, listMs, interactiveMs } = await openAgain(context, url);
  const floorMs = sortedNumbers(await typingOnNothing(context));
  const opened = await open(context, url, slowDown);
  await rows(opened.page).first().waitFor();
  await rows(opened.page).nth(1).click();
  await opened.page.locator('article').first().waitFor();
  const keysMs = sortedNumbers(await typing(opened.page, '.composer textarea'));
  const sendsMs = sortedNumbers(await sending(opened.page));
  const switchesMs = sortedNumbers(await switching(opened.page));
  const { framesMs, nodesMax, heapMb } = await scrolling(opened);
  const frames = sortedNumbers(framesMs);
  await context.close();
  return [
    result('web, opened again', `list of ${conversationCount} stored conversations, as it was`, 'ms', seenMs, { must: 1_000, aim: 300 }),
    result('web, opened again', 'as it is', 'ms', listMs, { must: 1_000 }),
    result('web, opened again', 'until nothing holds up a hand', 'ms', interactiveMs, { must: 2_000, aim: 1_000 }),
    result('web, typing', 'key to glyph, p50', 'ms', percentile(keysMs, 0.5)),
    result('web, typing', 'in an empty page, p50', 'ms', percentile(floorMs, 0.5)),
    result('web, typing', 'in an empty page, p99', 'ms', percentile(floorMs, 0.99)),
    result('web, typing', 'key to glyph, p99', 'ms', percentile(keysMs, 0.99), { aim: 16 }),
    result('web, sending', 'Enter to bubble, p50', 'ms', percentile(sendsMs, 0.5)),
    result('web, sending', 'Enter to bubble, p99', 'ms', percentile(sendsMs, 0.99), { aim: 50 }),
    result('web, switching', 'to another conversation, p50', 'ms', percentile(switchesMs, 0.5), { aim: 50 }),
    result('web, scrolling', `frames a second in ${messageCount.toLocaleString('en')} messages`, '1/s', 1_000 / percentile(frames, 0.5), {
      aim: 60,
      better: 'more',
    }),
    result('web, scrolling', 'between frames, p99', 'ms', percentile(frames, 0.99), { aim: 17 }),
    result('web, scrolling', 'elements in the document, at most', '', nodesMax, { must: 5_000 }),
    result('web, scrolling', 'heap, after to before', 'MB', heapMb, { must: 10 }),
  ];
}

/** The page in a real browser, its processor slowed down, with a long list and a long history. */
export async function workloadWeb(): Promise<Result[]> {
  await buildWeb({ onlyIfStale: true });
  await using system = await SystemUnderTest.start('embedded', conversationCount + 1, seedWeb, { password });
  const browser = await launchBrowser();
  try {
    return await measure(browser, `http://127.0.0.1:${system.portOf(0)}`);
  } finally {
    await browser.close();
  }
}
