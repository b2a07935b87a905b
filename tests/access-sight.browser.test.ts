import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { makePair } from './program-pair.ts';

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

/** Some of them long, as people write them. */
const texts = [
  'one',
  'a long line, as people write them when they have something to tell, with averylongwordthatnobodyhasbrokenyet',
  'three',
];

/** What stands beyond the edges of the window, in whole or in part, though it could not be scrolled to sideways; and what is cut within. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide in ${clientWidth}`);
    for (const element of document.querySelectorAll<HTMLElement>(
      'button, a[href], input, textarea, label, h1, h2, h3, p, article, legend',
    )) {
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('.visually-hidden')) continue;
      const { left, right, width } = element.getBoundingClientRect();
      const isOutside = width > 0 && (left < -0.5 || right > window.innerWidth + 0.5);
      if (isOutside) found.push(`${element.outerHTML.slice(0, 100)}: ${left} to ${right}`);
    }
    return found;
  });
}

/** Whether someone can bring it into view, wholly or as far as the window is high. */
async function isReachable(page: Page, name: RegExp | string, role: 'button' | 'link' | 'textbox'): Promise<boolean> {
  const element = page.getByRole(role, { name }).first();
  await element.scrollIntoViewIfNeeded();
  return element.evaluate((one) => {
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top !== null && (one === top || one.contains(top) || one.closest('label')?.contains(top) === true);
  });
}

describe.each([
  // 1280 px at 400 %, and the two widths at 200 %: so many pixels of the style sheets are left.
  { zoom: '1280x720 at 400 %', viewport: { width: 320, height: 180 } },
  { zoom: '1280x1024 at 400 %', viewport: { width: 320, height: 256 } },
  { zoom: '1440x900 at 200 %', viewport: { width: 720, height: 450 } },
  { zoom: '360x740 at 200 %', viewport: { width: 180, height: 370 } },
])('$zoom', ({ viewport }) => {
  test('[X-43] nothing is cut, nothing scrolls sideways, and everything can be reached', async () => {
    await using pair = await makePair(server.url, [...texts, ...Array.from({ length: 30 }, (_, index) => `more ${index}`)]);
    const { names } = pair;
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(await cutOff(page)).toEqual([]);
    expect(await isReachable(page, 'Create an account', 'button')).toBe(true);
    await ana.logIn(names.anaHandle);
    await ana.row(names.mara).waitFor();
    expect(await cutOff(page)).toEqual([]);
    for (const name of ['Find a person', 'Settings']) expect(await isReachable(page, name, 'link')).toBe(true);
    expect(await isReachable(page, 'Search or jump to', 'button')).toBe(true);
    await ana.openFromList(names.mara);
    await ana.message('three').waitFor();
    expect(await cutOff(page)).toEqual([]);
    // With all that the bar of what is new can have.
    await page.getByRole('region', { name: 'Messages', exact: true }).hover();
    await page.mouse.wheel(0, 600);
    await page.getByRole('button', { name: 'Jump', exact: true }).waitFor();
    expect(await cutOff(page)).toEqual([]);
    expect(await isReachable(page, /^Write to/, 'textbox')).toBe(true);
    for (const name of ['Emoji', 'Send']) expect(await isReachable(page, name, 'button')).toBe(true);
    // There is room left to read in.
    expect((await page.getByRole('region', { name: 'Messages', exact: true }).boundingBox())?.height).toBeGreaterThan(44);
    await page.getByRole('button', { name: `About ${names.mara}` }).click();
    await page.getByText(/^You have been talking since/).waitFor();
    expect(await cutOff(page)).toEqual([]);
    for (const name of ['Back to the conversation', 'Copy the handle', 'First message', 'Go to a day'])
      expect(await isReachable(page, name, 'button')).toBe(true);
    const origin = new URL(page.url()).origin;
    for (const [path, heading] of [
      ['/settings', 'Settings'],
      ['/people', 'Find a person'],
      ['/invite', 'Invite people'],
    ] as const) {
      await page.goto(origin + path);
      await page.getByRole('heading', { name: heading }).waitFor();
      expect(await cutOff(page)).toEqual([]);
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.getByRole('option').first().waitFor();
    expect(await cutOff(page)).toEqual([]);
    expect(ana.complaints).toEqual([]);
  });
});

/** How many px of a picture are not as in another of the same place. */
async function differing(page: Page, before: Buffer, after: Buffer): Promise<number> {
  return page.evaluate(
    async ([one, other]) => {
      const read = async (base64: string) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        return context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
      };
      const [left, right] = [await read(one), await read(other)];
      if (left.length !== right.length) return Number.POSITIVE_INFINITY;
      return left.reduce((count, value, index) => count + (index % 4 === 0 && Math.abs(value - (right[index] ?? 0)) > 40 ? 1 : 0), 0);
    },
    [before.toString('base64'), after.toString('base64')] as const,
  );
}

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-2] [X-43] in forced colours one sees where the focus is, what is unread, and how far a message has come', async () => {
    await using pair = await makePair(server.url, texts);
    const { names, mara } = pair;
    const context = await browser.newContext({ viewport, forcedColors: 'active' });
    await using ana = await BrowserPerson.inContext(context, server.url);
    const { page } = ana;
    await ana.logIn(names.anaHandle);
    expect(await page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true);
    const row = ana.row(names.mara);
    await row.getByText('3 unread').waitFor();
    const styleOf = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { color, backgroundColor, borderTopWidth, outlineStyle, outlineWidth } = getComputedStyle(element);
          return { color, backgroundColor, borderTopWidth, outlineStyle, outlineWidth };
        });
    // A count that is a plain number beside a text would pass for a part of it.
    const count = await styleOf('.recents-row-count');
    expect(count.borderTopWidth !== '0px' || count.backgroundColor !== (await styleOf('body')).backgroundColor).toBe(true);
    const unfocused = await row.screenshot();
    await page.keyboard.press('Tab');
    await row.focus();
    expect((await styleOf('.recents-row')).outlineStyle).toBe('solid');
    expect(await differing(page, unfocused, await row.screenshot())).toBeGreaterThan(200);

    await ana.openFromList(names.mara);
    await ana.message('three').waitFor();
    await ana.send('mine');
    await ana.waitForTick('mine', 'received');
    const tick = ana.message('mine').locator('[data-receipt]');
    const received = await tick.screenshot();
    // Told apart by shape and weight, as colours are none here.
    const view = await mara.open(names.anaHandle);
    view.markRead(view.timeline.get().headSeq);
    await ana.waitForTick('mine', 'read');
    expect(await differing(page, received, await tick.screenshot())).toBeGreaterThan(10);
    view.close();
    const isFramed = await styleOf('.message-bubble');
    expect(isFramed.borderTopWidth).not.toBe('0px');
    const send = page.getByRole('button', { name: 'Emoji' });
    await page.getByRole('article').last().focus();
    const calm = await page.locator('.composer').screenshot();
    await ana.composer.focus();
    const writing = await page.locator('.composer').screenshot();
    expect(await differing(page, calm, writing)).toBeGreaterThan(200);
    await page.keyboard.press('Tab');
    expect(await send.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    expect(ana.complaints).toEqual([]);
  });

  test('[X-42] who wants less motion gets none: nothing moves for longer than a millisecond', async () => {
    await using pair = await makePair(server.url, texts);
    const { names } = pair;
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    await using ana = await BrowserPerson.inContext(context, server.url);
    const { page } = ana;
    const begun: string[] = [];
    await context.exposeFunction('motionBegan', (what: string) => begun.push(what));
    await context.addInitScript(() => {
      const tell = (window as unknown as { motionBegan: (what: string) => void }).motionBegan;
      const look = () => {
        for (const animation of document.getAnimations()) {
          const { duration = 0 } = animation.effect?.getComputedTiming() ?? {};
          if (Number(duration) > 1) tell(`${(animation.effect as KeyframeEffect | null)?.target?.className} ${duration}`);
        }
      };
      for (const name of ['transitionrun', 'animationstart']) document.addEventListener(name, look, { capture: true });
      // What scrolls smoothly is motion too.
      const { scrollTo } = Element.prototype;
      Element.prototype.scrollTo = function (this: Element, ...given: unknown[]) {
        if ((given[0] as ScrollToOptions | undefined)?.behavior === 'smooth') tell('a smooth scroll');
        return Reflect.apply(scrollTo, this, given);
      };
    });
    await page.reload();
    await ana.logIn(names.anaHandle);
    await ana.openFromList(names.mara);
    await ana.message('three').waitFor();
    await ana.send('mine');
    await ana.waitForTick('mine', 'received');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await page.getByRole('gridcell').first().waitFor();
    await page.keyboard.press('Escape');
    await ana.message('three').click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    const seq = await ana.message('one').getAttribute('data-seq');
    await page.goto(`${page.url()}/${seq}`);
    await page.locator('[data-flash]').waitFor();
    expect(begun).toEqual([]);

    // And the same with motion, so that it is seen that there is something to leave out.
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await expect.poll(() => begun.length).toBeGreaterThan(0);
  });
});

test('nothing that axe finds wrong with the first moments: an empty server, the first steps, an invitation and where it leads', async () => {
  await using empty = await TemporaryFolder.make();
  const own = await ParlourProcess.start({ dataFolder: empty.path });
  try {
    await using ada = await BrowserPerson.open(browser, own.url);
    const { page } = ada;
    await page.getByRole('heading', { name: 'Make this place yours' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create account' }).click();
    expect(await findViolations(page)).toEqual([]);
    await ada.register({ name: 'Ada Field', handle: 'ada.field' });
    await page.getByRole('heading', { name: 'Who will you talk to?' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto(new URL('/invite', own.url).href);
    await page.getByRole('img', { name: 'Your invitation, for a camera' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto(new URL('/with/nobody.here', own.url).href);
    await page.getByText('This invitation leads nowhere').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto(new URL('/c/00000000000000000000000000', own.url).href);
    await page.getByText('This conversation is not here').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto(new URL('/people', own.url).href);
    await page.getByLabel('Handle or name').fill('nobody.at.all');
    await page.getByText('Nobody here has this handle or name.').waitFor();
    expect(await findViolations(page)).toEqual([]);

    await using stranger = await BrowserPerson.open(browser, new URL('/with/ada.field', own.url).href);
    await stranger.page.getByText('@ada.field would like to talk with you.').waitFor();
    expect(await findViolations(stranger.page)).toEqual([]);
    await stranger.page.getByRole('button', { name: 'Log in instead' }).click();
    await stranger.page.getByLabel('Handle or e-mail').fill('ada.field');
    await stranger.page.getByLabel('Password').fill('not this one at all');
    await stranger.page.getByRole('button', { name: 'Log in' }).click();
    await stranger.page.getByRole('alert').waitFor();
    expect(await findViolations(stranger.page)).toEqual([]);

    // Without a connection: the banner, what waits, and what cannot be had.
    await page.goto(own.url);
    await ada.openNotes();
    await ada.send('with a connection');
    await ada.waitForTick('with a connection', 'sent');
    await own.stop();
    await page.getByText(/^No connection/).waitFor();
    await ada.send('waits');
    await ada.waitForTick('waits', 'pending');
    expect(await findViolations(page)).toEqual([]);
  } finally {
    await own.stop();
  }
});

test('nor with what went wrong: a form that was refused, a part that could not be loaded, one that broke, a message that was given up', async () => {
  await using pair = await makePair(server.url, texts);
  const { names } = pair;
  // Without a service worker, which would have it all.
  const context = await browser.newContext({ viewport: desk, serviceWorkers: 'block' });
  await context.route('**/assets/settings-screen-*.js', (route) => route.abort());
  await using ana = await BrowserPerson.inContext(context, server.url);
  const { page } = ana;
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Ana Again');
  await page.getByLabel('Handle').fill(names.anaHandle);
  await page.getByLabel('E-mail').fill('ana.again@example.org');
  await page.getByLabel('Password').fill('quiet ferry lemon 42 again');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('alert').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.reload();
  await ana.logIn(names.anaHandle);
  await ana.row(names.mara).waitFor();

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('This could not be loaded').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.goBack();

  // What lists of messages are built upon, gone for as long as one of them opens.
  await page.evaluate(() => {
    Object.assign(window, { kept: window.ResizeObserver });
    window.ResizeObserver = class {
      constructor() {
        throw new Error('on purpose');
      }
    } as unknown as typeof ResizeObserver;
  });
  await ana.row(names.mara).click();
  await page.getByText('This part stopped working').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.evaluate(() => {
    window.ResizeObserver = (window as unknown as { kept: typeof ResizeObserver }).kept;
  });
  await page.getByRole('button', { name: 'Show it again' }).click();
  await ana.message('three').waitFor();

  // A socket that is open stays so in a browser that is told to be offline.
  const { port } = server;
  await server.stop();
  await ana.send('given up');
  await ana.waitForTick('given up', 'pending');
  await ana.leave();
  await page.clock.setFixedTime(Date.now() + 25 * 3_600_000);
  server = await ParlourProcess.start({ dataFolder: folder.path, port });
  await ana.comeBack();
  await ana.openFromList(names.mara);
  await ana.message('given up').getByRole('button', { name: 'Discard' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
});
