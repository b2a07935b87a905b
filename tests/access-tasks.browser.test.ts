import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const texts = ['one', 'two', 'three'];

/** What has the focus, as one who hears the page is told of it; null where that is nothing that can be seen. */
function focusIn(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const here = document.activeElement;
    if (!(here instanceof HTMLElement) || here === document.body || !here.checkVisibility()) return null;
    return `${here.role ?? here.tagName.toLowerCase()} ${here.ariaLabel ?? (here as HTMLInputElement).labels?.[0]?.textContent ?? here.textContent}`;
  });
}

/** Goes on by the Tab key until that is reached, as one would who cannot see how far it is. */
async function tabTo(page: Page, wanted: RegExp, { back = false }: { readonly back?: boolean } = {}): Promise<void> {
  const passed: (string | null)[] = [];
  for (let index = 0; index < 60; index += 1) {
    const here = await focusIn(page);
    if (here !== null && wanted.test(here)) return;
    passed.push(here);
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`no Tab leads to ${wanted}: ${passed.join(' | ')}`);
}

/** Had anything the focus before, something has it still. */
const expectFocus = (page: Page) => expect.poll(() => focusIn(page)).not.toBeNull();

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[X-39] log in, find somebody, write, read, mark unread, change the theme: by keyboard alone, and the focus is never lost', async () => {
    await using pair = await makePair(server.url, texts);
    const { names, mara } = pair;
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    const { keyboard } = page;
    const isPhone = viewport === phone;

    await page.getByRole('form', { name: 'Log in' }).waitFor();
    await tabTo(page, /Handle or e-mail/);
    await keyboard.type(names.anaHandle);
    await tabTo(page, /Password/);
    await keyboard.type(`quiet ferry lemon 42 ${names.anaHandle}`);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Parlour' }).waitFor();
    await expectFocus(page);

    // Read: the row says whose it is and how many are unread.
    const rows = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
    await rows.filter({ hasText: '3 unread' }).waitFor();
    await tabTo(page, new RegExp(names.mara));
    await keyboard.press('Enter');
    await page.getByRole('textbox', { name: `Write to ${names.mara}` }).waitFor();
    await expectFocus(page);
    await page.getByRole('article').filter({ hasText: 'three' }).waitFor();

    // Write: where one writes is one part of the page away.
    for (let index = 0; index < 4 && !/Write to/.test((await focusIn(page)) ?? ''); index += 1) await keyboard.press('F6');
    await keyboard.type('four');
    await keyboard.press('Enter');
    await page
      .getByRole('article', { name: /^You, / })
      .filter({ hasText: 'four' })
      .waitFor();
    expect(await focusIn(page)).toMatch(/Write to/);

    // Mark unread: among the messages, by a message's menu.
    await keyboard.press('Shift+F6');
    await expectFocus(page);
    await tabTo(page, /^article/);
    await keyboard.press('Home');
    await keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('article:focus').textContent()).toContain('two');
    await keyboard.press('Shift+F10');
    await page.getByRole('menu', { name: 'Message' }).waitFor();
    for (let index = 0; index < 5 && !/Mark unread/.test((await focusIn(page)) ?? ''); index += 1) await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    const bar = page.getByRole('region', { name: 'New messages' });
    await bar.waitFor();
    await expectFocus(page);

    // And read again, by what goes once it is pressed.
    await tabTo(page, /^button Mark read/);
    await keyboard.press('Enter');
    await bar.waitFor({ state: 'detached' });
    await expectFocus(page);

    // Back, and to somebody else.
    if (isPhone) {
      await tabTo(page, /Back to your conversations/, { back: true });
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Parlour' }).waitFor();
      await expect.poll(() => focusIn(page)).toContain(names.mara);
    }
    await tabTo(page, /Find a person/, { back: isPhone });
    await keyboard.press('Enter');
    await page.getByRole('searchbox', { name: 'Handle or name' }).waitFor();
    await expectFocus(page);
    await keyboard.type(names.maraHandle);
    await page.getByRole('listitem').filter({ hasText: names.mara }).first().waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await page.getByRole('textbox', { name: `Write to ${names.mara}` }).waitFor();
    await expectFocus(page);

    // The switcher, and away again.
    await keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search or jump to' }).waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expectFocus(page);

    if (isPhone) {
      await tabTo(page, /Back to your conversations/, { back: true });
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Parlour' }).waitFor();
      await expectFocus(page);
    }
    await tabTo(page, /^a Settings/, { back: true });
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await expectFocus(page);
    await tabTo(page, /As the system/);
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await expectFocus(page);
    await keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Settings' }).waitFor({ state: 'detached' });
    await expectFocus(page);
    await mara.client.whenIdle();
    expect(ana.complaints).toEqual([]);
  });

  test('[X-40] a message of someone else is announced once, one of one’s own never', async () => {
    await using pair = await makePair(server.url, texts);
    const { names, mara } = pair;
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await ana.logIn(names.anaHandle);
    await ana.openFromList(names.mara);
    await ana.message('three').waitFor();
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      // Everything that a screen reader reads out by itself.
      const heard = new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          const live = element?.closest('[aria-live], [role="status"], [role="alert"], [role="log"]');
          if (live != null && live.textContent !== '') said.push(live.textContent);
        }
      });
      heard.observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    await ana.send('my own');
    await ana.waitForTick('my own', 'received');
    for (const text of ['first', 'second']) {
      await mara.say(names.anaHandle, [text]);
      await ana.message(text).waitFor();
      await expect.poll(() => page.evaluate(() => (window as unknown as { said: string[] }).said.at(-1))).toBe(`${names.mara}: ${text}`);
    }
    await ana.send('my own again');
    await ana.waitForTick('my own again', 'received');
    expect(await page.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual([
      `${names.mara}: first`,
      `${names.mara}: second`,
    ]);
  });

  test('what the page is for one who hears it: its parts, a conversation, a message', async () => {
    await using pair = await makePair(server.url, texts);
    const { names } = pair;
    await using ana = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ana;
    await ana.logIn(names.anaHandle);
    await ana.row(names.mara).getByText('3 unread').waitFor();
    await ana.row(names.mara).getByText(', here now').waitFor({ state: 'attached' });
    const list = page.getByLabel('Your conversations', { exact: true });
    const listTree = await list.ariaSnapshot();
    expect(listTree).toMatch(/^- main "Your conversations":/);
    expect(listTree).toContain('heading "Parlour" [level=1]');
    expect(listTree).toContain('link "Find a person"');
    expect(listTree).toContain('navigation "Conversations"');
    expect(listTree).toMatch(new RegExp(`link ".*${names.mara}.*here now.*three.*3 unread"`));
    await ana.openFromList(names.mara);
    await ana.message('three').waitFor();
    await ana.send('and mine');
    await ana.waitForTick('and mine', 'received');
    const tree = await page.getByRole('main', { name: 'Conversation' }).ariaSnapshot();
    expect(tree).toContain(`heading "${names.mara}" [level=1]`);
    expect(tree).toContain('region "Messages"');
    expect(tree).toMatch(new RegExp(`article "${names.mara}, `));
    expect(tree).toMatch(/article "You, /);
    expect(tree).toMatch(/img "Received"|button "Received"/);
    expect(tree).toContain('form "Write a message"');
    expect(tree).toContain(`textbox "Write to ${names.mara}"`);
    expect(await page.getByRole('main').count()).toBe(1);
  });
});
