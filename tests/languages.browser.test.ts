import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { enter, type Look, walkThrough } from './page-walk.ts';
import { readWords } from './page-words.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { comparePictures } from './picture-comparison.ts';
import { ProgramPerson } from './program-person.ts';
import { PseudoPage } from './pseudo-page.ts';

const passwordOf = (handle: string) => `quiet ferry lemon 42 ${handle}`;
const names = { 'ana.field': 'Ana Field', 'sara.m': 'سارة منصور', mara: 'Mara Lindqvist' };
const group = 'شاي الخميس';
const saidInGroup = ['كم الساعة؟ (5)', 'Five, I think.'];
/** More than a screen shows, so that some of it stays new. */
const saidBySara = [...Array.from({ length: 40 }, (_, index) => `Line ${index} of (40).`), 'مرحبا، Ana!'];
const written = [
  'Bea',
  'bea',
  'import',
  'import',
  'Import',
  'tea',
  ...Object.values(names),
  ...Object.keys(names),
  group,
  ...saidInGroup,
  'مرحبا، Ana!',
  'Line ',
  ' of (40).',
  'my own',
  'nobody.at.all',
  '127.0.0.1',
];

const pictures = join(import.meta.dirname, 'pictures');
const renews = process.env.RENEW_PICTURES === '1';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;
let pseudo: PseudoPage;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  for (const [handle, name] of Object.entries(names)) {
    const made = ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--name', name, '--password-stdin'];
    expect((await runParlour(made, { dataFolder, input: passwordOf(handle) })).code).toBe(0);
  }
  const file = join(folder.path, 'tea.jsonl');
  const lines = saidInGroup.map((text, line) => ({
    channel: group,
    line,
    time: '2004-11-01T12:00:00Z',
    author: 'Bea',
    kind: 'message',
    text,
  }));
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const members = Object.keys(names).flatMap((handle) => ['--member', handle]);
  expect((await runParlour(['import', 'jsonl', file, ...members], { dataFolder })).code).toBe(0);
  server = await ParlourProcess.start({ dataFolder });
  pseudo = await PseudoPage.start(join(folder.path, 'pseudo'), server.url);
});

afterAll(async () => {
  await browser?.close();
  await pseudo?.[Symbol.asyncDispose]();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** Somebody's browser in a language that was chosen there before. */
async function openIn(language: string, url: string, options: BrowserContextOptions): Promise<BrowserPerson> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.addInitScript((chosen) => {
    if (localStorage.getItem('parlour choices') === null) localStorage.setItem('parlour choices', JSON.stringify({ language: chosen }));
  }, language);
  return BrowserPerson.inContext(context, url);
}

/** Words that no language of ours has to say otherwise. */
const ourNames = /Parlour|HTTPS?|@|QR|http:\/\/\S+|\b(?:Chrome|Safari|Linux|Windows|macOS)\b|English|العربية|日本語/gu;
const dates =
  /\b(?:at (?=\d)|Today|Yesterday|[AP]M|(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Satur|Sat|Sun)(?:day)?|Nov(?:ember)?|Dec(?:ember)?)\b/gu;

/** What of it stands in a language that is not the page's, which is what `isOthers` finds. */
function strangeWords(said: string, isOthers: RegExp): string[] {
  const left = written.reduce((text, one) => text.replaceAll(one, ' '), said).replace(ourNames, ' ');
  return [...new Set(left.match(isOthers))];
}

/** Without what is in brackets of the pseudo-locale, also where one message stands in another. */
function withoutSaid(said: string): string {
  const inner = said.replace(/⟦[^⟦⟧]*⟧/gu, '');
  return inner === said ? said : withoutSaid(inner);
}

const sizes = [
  { at: 'a desk', size: 'desk', viewport: desk },
  { at: 'a phone', size: 'phone', viewport: phone },
] as const;

/** Says something to Ana that she has not read. */
async function writeToAna(): Promise<AsyncDisposable> {
  const sara = await ProgramPerson.logIn(server.url, { handle: 'sara.m', password: passwordOf('sara.m') });
  await sara.say('ana.field', saidBySara);
  return sara;
}

const walkOf = (url: string) => ({ url, handle: 'ana.field', password: passwordOf('ana.field'), group, person: names['sara.m'] });

/** What is wrong with the words of each place that somebody walked through. */
async function walkAndRead(person: BrowserPerson, url: string, strangeIn: (said: string) => string[], look: Look = async () => {}) {
  const places: string[] = [];
  const faults: object[] = [];
  await walkThrough(person, walkOf(url), async (where) => {
    const { said, ...others } = await readWords(person.page, written);
    const found = { strange: strangeIn(said), ...others };
    if (Object.values(found).some(({ length }) => length > 0)) faults.push({ where, ...found });
    places.push(where);
    await look(where);
  });
  expect(places.length).toBeGreaterThan(20);
  return faults;
}

const strangeInPseudo = (said: string) => strangeWords(withoutSaid(said).replace(dates, ' '), /\p{L}[\p{L}\p{M}'’ ]+/gu);
const latinWords = /[a-z]{2,}/giu;
const photographed = ['the entrance', 'the list', 'a conversation', 'the settings'];

describe.each(sizes)('at $at', ({ size, viewport }) => {
  test('[X-44] in a pseudo-locale no text is left that nobody can translate, none is clipped, and what people wrote is isolated', async () => {
    await using _sara = await writeToAna();
    await using ana = await openIn('en-XA', pseudo.url, { viewport, serviceWorkers: 'block' });
    expect(await walkAndRead(ana, pseudo.url, strangeInPseudo)).toEqual([]);

    // Each of these faults would have been found.
    const { page } = ana;
    await page.goto(`${pseudo.url}/settings`);
    await page.locator('.settings-login').first().waitFor();
    await page.evaluate((name) => {
      const narrow = new CSSStyleSheet();
      narrow.replaceSync('.button { max-width: 40px; overflow: hidden; white-space: nowrap } .settings-column { min-width: 2000px }');
      document.adoptedStyleSheets = [narrow];
      document.querySelector('.settings-section h2')?.append(`Not extracted, ${name}`);
    }, names['sara.m']);
    const { said, clipped, unisolated, sideways } = await readWords(page, written);
    expect(strangeInPseudo(said)).toEqual(['Not extracted']);
    expect([clipped.length, unisolated.length, sideways.length].every((count) => count > 0)).toBe(true);
  });

  test('[X-44] Arabic is mirrored, says everything in Arabic, and looks as it was kept', async () => {
    await using _sara = await writeToAna();
    await using ana = await openIn('ar', server.url, { viewport });
    const { page } = ana;
    const faults = await walkAndRead(
      ana,
      server.url,
      (said) => strangeWords(said, latinWords),
      async (where) => {
        expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(['ar', 'rtl']);
        if (where === 'a conversation') await expectMirroredConversation(ana);
        if (photographed.includes(where)) await compareWithKept(page, `arabic-${size}-${where.replaceAll(' ', '-')}`);
      },
    );
    expect(faults).toEqual([]);
    await page.goto(server.url);
    await page.locator('.recents-row', { hasText: names['sara.m'] }).click();
    await expectArrowsToPoint(ana);
    expect(ana.complaints).toEqual([]);
  });

  test('[X-44] Japanese, asked for by the browser, says everything in Japanese; no other catalog comes', async () => {
    await using _sara = await writeToAna();
    await using ana = await openIn('system', server.url, { viewport, locale: 'ja-JP' });
    const { page } = ana;
    const catalogs = new Set<string>();
    page.on('request', (request) => {
      const name = /\/assets\/(ar|ja)-[\w-]+\.js$/u.exec(request.url())?.[1];
      if (name !== undefined) catalogs.add(name);
    });
    await page.reload();
    expect(await walkAndRead(ana, server.url, (said) => strangeWords(said, latinWords))).toEqual([]);
    expect([...catalogs]).toEqual(['ja']);
    await page.goto(`${server.url}/settings`);
    await page.getByRole('heading', { name: '設定', level: 1 }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(['ja', 'ltr']);
    expect(ana.complaints).toEqual([]);
  });

  test('[X-44] a language is chosen without a reload, in all tabs, and is there again without a server', async () => {
    await using ana = await openIn('system', server.url, { viewport });
    const { page } = ana;
    await enter(ana, walkOf(server.url));
    await waitForServiceWorker(page);
    const other = await ana.openTab();
    await other.page.locator('.shell-name').waitFor();
    await page.goto(`${server.url}/settings`);
    const choice = page.locator('.settings-select select');
    await choice.waitFor();
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    await choice.selectOption('العربية');
    await page.getByRole('heading', { name: 'الإعدادات' }).waitFor();
    expect(await choice.evaluate((field) => field === document.activeElement)).toBe(true);
    await expect.poll(() => other.page.evaluate(() => document.documentElement.dir)).toBe('rtl');
    await other.page.getByRole('link', { name: 'الإعدادات' }).waitFor();
    await choice.selectOption('日本語');
    await page.getByRole('heading', { name: '設定', level: 1 }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(['ja', 'ltr']);
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true);

    await ana.context.setOffline(true);
    await page.reload();
    await page.getByRole('heading', { name: '設定', level: 1 }).waitFor();
    // This one was never spoken here before; it is kept with the rest of the program.
    await choice.selectOption('العربية');
    await page.getByRole('heading', { name: 'الإعدادات' }).waitFor();
    await choice.selectOption({ value: 'system' });
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(['en', 'ltr']);
    expect([...ana.complaints, ...other.complaints]).toEqual([]);
  });
});

/** Resolves once the service worker has all of the program and answers for this page. */
async function waitForServiceWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

/** The list stands at the right, one's own words at the left, and what points back points to the right. */
async function expectMirroredConversation({ page }: BrowserPerson): Promise<void> {
  const boxOf = async (selector: string) => {
    const box = await page.locator(selector).last().boundingBox();
    if (box === null) throw new Error(`${selector} is not to be seen`);
    return { left: box.x, right: box.x + box.width };
  };
  const log = await boxOf('.message-list-scroller');
  const own = await boxOf('article.message-own .message-bubble');
  const others = await boxOf('article:not(.message-own) .message-bubble');
  expect(own.left - log.left).toBeLessThan(log.right - own.right);
  expect(log.right - others.right).toBeLessThan(others.left - log.left);
  expect(own.left).toBeLessThan(others.left);
  const who = await boxOf('.conversation-header .avatar');
  expect((await boxOf('.conversation-who')).right).toBeLessThan(who.left + 1);
  if (page.viewportSize()?.width === phone.width) {
    expect(who.right).toBeLessThan((await boxOf('.conversation-back')).left + 1);
    expect(await page.locator('.conversation-back svg').evaluate((icon) => getComputedStyle(icon).scale)).toBe('-1 1');
  } else {
    const list = await boxOf('.shell-list');
    expect(list.right).toBe(desk.width);
    expect((await boxOf('.shell-main')).right).toBeLessThan(list.left + 1);
  }
}

/** Among emoji, which begin at the right here, an arrow to the left goes to the left. */
async function expectArrowsToPoint({ page }: BrowserPerson): Promise<void> {
  await page.locator('.composer-emoji').click();
  await page.locator('.emoji-picker-row button:not([aria-label=""])').first().waitFor();
  const active = page.locator('.emoji-picker-emoji[data-active]');
  const placeOf = async () => (await active.boundingBox())?.x ?? 0;
  await page.keyboard.press('ArrowDown');
  await active.waitFor();
  const first = await placeOf();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(placeOf).toBeLessThan(first);
  await page.keyboard.press('ArrowRight');
  await expect.poll(placeOf).toBe(first);
}

/**
 * Letters are the system's own, hours and people's colours those of the day: so the picture is not held to be the kept one, but to be nearer to
 * it than the same page is when it is not mirrored.
 */
async function compareWithKept(page: Page, name: string): Promise<void> {
  const file = join(pictures, `${name}.png`);
  const taken = await page.screenshot({ animations: 'disabled' });
  if (renews) {
    await mkdir(pictures, { recursive: true });
    await writeFile(file, taken);
  }
  const kept = await readFile(file);
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'ltr'));
  const unmirrored = await page.screenshot({ animations: 'disabled' });
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
  const found = await comparePictures(page, kept, taken);
  expect(found.sameSize).toBe(true);
  expect(found.share).toBeLessThan((await comparePictures(page, kept, unmirrored)).share);
}
