import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
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

/** Whatever is done in it is done without a server. */
async function withoutServer(act: () => Promise<void>): Promise<void> {
  const { port } = server;
  await server.stop();
  try {
    await act();
  } finally {
    server = await ParlourProcess.start({ dataFolder: folder.path, port });
  }
}

let pairs = 0;

/** Two people who have just registered; Ana at the screen that is looked at, in her conversation with Mara. */
async function openPair(viewport: typeof desk) {
  pairs += 1;
  const names = { ana: `Ana Field ${pairs}`, mara: `Mara Lindqvist ${pairs}`, anaHandle: `ana.s${pairs}x`, maraHandle: `mara.s${pairs}x` };
  const ana = await BrowserPerson.open(browser, server.url, viewport);
  const mara = await BrowserPerson.open(browser, server.url);
  await ana.register({ name: names.ana, handle: names.anaHandle });
  await mara.register({ name: names.mara, handle: names.maraHandle });
  await ana.find(names.maraHandle, names.maraHandle);
  const close = async () => {
    await ana[Symbol.asyncDispose]();
    await mara[Symbol.asyncDispose]();
  };
  return { ana, mara, names, [Symbol.asyncDispose]: close };
}

/** Back to the list, where the screen has no room for both. */
async function showList({ page }: BrowserPerson): Promise<void> {
  const back = page.getByRole('link', { name: 'Back to your conversations' });
  if (await back.isVisible()) await back.click();
}

const hasFocus = ({ composer }: BrowserPerson) => composer.evaluate((field) => document.activeElement === field);

describe.each([
  { where: 'a desk', viewport: desk },
  { where: 'a phone', viewport: phone },
])('at $where', ({ viewport }) => {
  test('[X-1] the bubble stands without an answer of the network; the field is empty again and keeps the focus', async () => {
    await using pair = await openPair(viewport);
    const { ana } = pair;
    await withoutServer(async () => {
      for (const text of ['one', 'two', 'three']) {
        await ana.composer.pressSequentially(text);
        // As soon as the page has handled the key.
        await ana.composer.evaluate((field) => {
          const look = () => Object.assign(window, { handled: [(field as HTMLTextAreaElement).value, document.activeElement === field] });
          field.addEventListener('keydown', () => setTimeout(look), { once: true });
        });
        await ana.composer.press('Enter');
        await expect.poll(() => ana.page.evaluate(() => (window as unknown as { handled?: unknown }).handled)).toEqual(['', true]);
        await ana.message(text).waitFor();
      }
      expect(await ana.texts()).toEqual(['one', 'two', 'three']);
      await ana.waitForTick('three', 'pending');
    });
    await ana.waitForTick('three', 'received');
    expect(await ana.texts()).toEqual(['one', 'two', 'three']);
  });

  test('[X-2] clock, one tick, two ticks and two heavier ticks are four shapes, whatever their colour', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    const shapes: string[] = [];
    const look = async (state: 'pending' | 'sent' | 'received' | 'read') => {
      await ana.waitForTick('how far is it?', state);
      const tick = ana.message('how far is it?').locator(`[data-receipt="${state}"]`);
      shapes.push(await tick.evaluate((one) => `${one.innerHTML} ${getComputedStyle(one.querySelector('svg') as Element).strokeWidth}`));
      expect(await tick.getAttribute('aria-label')).not.toBe('');
    };
    await mara.leave();
    await withoutServer(async () => {
      await ana.send('how far is it?');
      await look('pending');
    });
    await look('sent');
    await mara.comeBack();
    await look('received');
    await mara.openFromList(names.ana);
    await look('read');
    expect(new Set(shapes).size).toBe(4);
  });

  test('[X-3] [X-5] a message that failed stays in its place and holds back later ones, until it is sent again or discarded', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    await ana.send('before');
    await ana.waitForTick('before', 'received');
    await withoutServer(async () => {
      for (const text of ['given up', 'kept', 'after']) await ana.send(text);
      await ana.waitForTick('after', 'pending');
      await ana.leave();
      await ana.page.clock.setFixedTime(Date.now() + 25 * 3_600_000);
    });
    await ana.comeBack();
    await ana.openFromList(names.mara);
    // What has waited for a day is asked about, one by one and in order: nothing overtakes what was written before it.
    await ana.message('given up').getByRole('button', { name: 'Discard' }).waitFor();
    expect(await ana.texts()).toEqual(['before', 'given up', 'kept', 'after']);
    expect(await ana.message('after').getByRole('button', { name: 'Send again' }).count()).toBe(0);
    await ana.message('given up').getByRole('button', { name: 'Discard' }).click();
    await ana.message('given up').waitFor({ state: 'detached' });
    await ana.message('kept').getByRole('button', { name: 'Send again' }).click();
    await ana.waitForTick('kept', 'received');
    await ana.message('after').getByRole('button', { name: 'Send again' }).click();
    await ana.waitForTick('after', 'received');
    expect(await ana.texts()).toEqual(['before', 'kept', 'after']);
    await mara.openFromList(names.ana);
    await mara.message('after').waitFor();
    expect(await mara.texts()).toEqual(['before', 'kept', 'after']);
  });

  test('[X-6] what was begun in one conversation is sent there or nowhere', async () => {
    await using pair = await openPair(viewport);
    const { ana, mara, names } = pair;
    await ana.send('hello');
    await ana.waitForTick('hello', 'received');
    await showList(ana);
    await ana.openNotes();
    await ana.send('a note');
    await ana.composer.pressSequentially('for my eyes only');
    await showList(ana);
    await ana.openFromList(names.mara);
    await ana.page.getByLabel(`Write to ${names.mara}`).waitFor();
    expect(await ana.composer.inputValue()).toBe('');
    await ana.send('for Mara');
    await ana.waitForTick('for Mara', 'received');
    await showList(ana);
    await ana.openFromList('Notes to self');
    await ana.page.getByLabel('Write to Notes to self').waitFor();
    expect(await ana.composer.inputValue()).toBe('for my eyes only');
    await ana.composer.press('Enter');
    await ana.message('for my eyes only').waitFor();
    expect(await ana.texts()).toEqual(['a note', 'for my eyes only']);
    await mara.openFromList(names.ana);
    await mara.message('for Mara').waitFor();
    expect(await mara.texts()).toEqual(['hello', 'for Mara']);
  });

  test('[X-7] a draft stands in its conversation and in the list, is on another device as well, and gone there once it is sent', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    await ana.send('hello');
    await ana.waitForTick('hello', 'received');
    await using other = await BrowserPerson.open(browser, server.url, viewport);
    await other.logIn(names.anaHandle);
    await other.row(names.mara).waitFor();
    await ana.composer.pressSequentially('I was about to');
    await other.row(names.mara).getByText('Draft:').waitFor();
    await other.row(names.mara).getByText('I was about to').waitFor();
    // Where it stands in front of one, the list need not tell it.
    expect(await ana.row(names.mara).getByText('Draft:').count()).toBe(0);
    await showList(ana);
    await ana.openNotes();
    await showList(ana);
    await ana.row(names.mara).getByText('Draft:').waitFor();

    await other.openFromList(names.mara);
    await expect.poll(() => other.composer.inputValue()).toBe('I was about to');
    await other.composer.press('End');
    await other.composer.pressSequentially(' say this');
    await ana.row(names.mara).getByText('I was about to say this').waitFor();
    await ana.page.reload();
    await ana.row(names.mara).getByText('I was about to say this').waitFor();
    await ana.openFromList(names.mara);
    await expect.poll(() => ana.composer.inputValue()).toBe('I was about to say this');
    await other.composer.press('Enter');
    await ana.message('I was about to say this').waitFor();
    await expect.poll(() => ana.composer.inputValue()).toBe('');
    await showList(ana);
    await ana.row(names.mara).getByText('Draft:').waitFor({ state: 'detached' });
  });

  test('[X-7] what one is just writing stays where it stands, though the draft of the same conversation is sent in another tab', async () => {
    await using pair = await openPair(viewport);
    const { ana, names } = pair;
    await ana.send('hello');
    const other = await ana.openTab();
    await other.page.setViewportSize(viewport);
    await other.openFromList(names.mara);
    await other.composer.fill('of the other tab');
    // Kept, and told to all tabs.
    await expect.poll(() => ana.composer.inputValue()).toBe('of the other tab');
    await ana.composer.fill('of this tab');
    await ana.composer.press('Enter');
    await ana.waitForTick('of this tab', 'received');
    await expect.poll(() => readStore(ana.page)).not.toContain('of the other tab');
    await other.message('of this tab').waitFor();
    await other.composer.press('Enter');
    await ana.message('of the other tab').waitFor();
    expect(await other.texts()).toEqual(await ana.texts());
  });

  test('[X-12] Enter while an input method composes sends nothing; Shift and Enter begins a line', async () => {
    await using pair = await openPair(viewport);
    const { ana } = pair;
    await ana.composer.focus();
    const devtools = await ana.context.newCDPSession(ana.page);
    await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 });
    await devtools.send('Input.insertText', { text: '日本' });
    expect(await ana.composer.inputValue()).toBe('日本');
    expect(await ana.texts()).toEqual([]);
    await ana.composer.press('Shift+Enter');
    await ana.composer.pressSequentially('two lines');
    await ana.composer.press('Enter');
    await ana.waitForTick('日本\ntwo lines', 'received');
    expect(await hasFocus(ana)).toBe(true);
  });
});
