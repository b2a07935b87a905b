import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type BrowserContext, type ElementHandle, type Page } from 'puppeteer-core';
import { browserPath } from './browser-path.ts';

const names = ['firefox-esr', 'firefox'];
const macPath = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** Where this machine keeps a Firefox: `PARLOUR_FIREFOX` if set (and then nothing else), else the first one on the path. */
export function firefoxPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return browserPath({ named: env.PARLOUR_FIREFOX, names, macPath, path: env.PATH });
}

/** A Firefox with a home of its own, which goes with it. */
export class Firefox implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #home: string;

  private constructor(browser: Browser, home: string) {
    this.#browser = browser;
    this.#home = home;
  }

  static async launch(): Promise<Firefox> {
    const executablePath = firefoxPath();
    if (executablePath === undefined) throw new Error('no Firefox was found: install one, or name it in PARLOUR_FIREFOX');
    const home = mkdtempSync(join(tmpdir(), 'parlour-firefox-'));
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      userDataDir: join(home, 'profile'),
      env: { ...process.env, HOME: home },
    });
    return new Firefox(browser, home);
  }

  version(): Promise<string> {
    return this.#browser.version();
  }

  openContext(): Promise<BrowserContext> {
    return this.#browser.createBrowserContext();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** Of a page that is not in front a frame is never drawn, so what waits for one would wait for ever. */
const onMutation = { polling: 'mutation' } as const;

const receipts = ['pending', 'sent', 'received', 'read'] as const;

const passwordOf = (handle: string) => `quiet ferry lemon 42 ${handle}`;

/** One person at one Firefox, who uses the page by what it shows. */
export class FirefoxPerson implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #page: Page;
  readonly #url: string;
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.#page = page;
    this.#url = url;
  }

  static async open(firefox: Firefox, url: string): Promise<FirefoxPerson> {
    const context = await firefox.openContext();
    const page = await context.newPage();
    const person = new FirefoxPerson(context, page, url);
    page.on('pageerror', (error) => {
      // A server that is away is said here too, and is no fault of the page.
      if (!/ws:\/\/|wss:\/\//.test(String(error))) person.complaints.push(String(error));
    });
    await page.setViewport({ width: 1440, height: 900 });
    await page.goto(url);
    return person;
  }

  async register({ name, handle }: { readonly name: string; readonly handle: string }): Promise<void> {
    // The first one on a server is met by this form at once.
    const form = await this.#wait(() => document.querySelector('form[aria-label="Log in"], form[aria-label="Create an account"]'));
    if (await form.evaluate((one) => one.getAttribute('aria-label') === 'Log in')) await this.press('Create an account');
    await this.#fill('Name', name);
    await this.#fill('Handle', handle);
    await this.#fill('E-mail', `${handle}@example.org`);
    await this.#fill('Password', passwordOf(handle));
    await this.press('Create account');
    await this.#page.waitForSelector('[aria-label="Your conversations"]');
  }

  async find(query: string, handle: string): Promise<void> {
    await this.#click('a', 'Find a person');
    await this.#fill('Handle or name', query);
    await this.#click('.people-finder-row', `@${handle}`);
    await this.#page.waitForSelector('.composer textarea');
  }

  async send(text: string): Promise<void> {
    const composer = await this.#wait(() => document.querySelector('.composer textarea'));
    await composer.type(text);
    await composer.press('Enter');
  }

  async openFromList(title: string): Promise<void> {
    await this.#click('nav[aria-label="Conversations"] a', title);
    await this.#page.waitForSelector('.composer textarea');
  }

  /** Resolves once a message with this text stands there, and one's own has come at least so far if that is asked. */
  async waitForMessage(text: string, atLeast?: (typeof receipts)[number]): Promise<void> {
    await this.#page.waitForFunction(
      (wanted: string, states: readonly string[]) =>
        [...document.querySelectorAll('article')].some(
          (article) =>
            article.textContent?.includes(wanted) &&
            (states.length === 0 || states.includes(article.querySelector<HTMLElement>('[data-receipt]')?.dataset.receipt ?? '')),
        ),
      onMutation,
      text,
      atLeast === undefined ? [] : receipts.slice(receipts.indexOf(atLeast)),
    );
  }

  async countOf(text: string): Promise<number> {
    return this.#page.evaluate(
      (wanted: string) => [...document.querySelectorAll('article')].filter((article) => article.textContent?.includes(wanted)).length,
      text,
    );
  }

  async reload(): Promise<void> {
    await this.#page.goto(this.#url);
  }

  press(label: string): Promise<void> {
    return this.#click('button', label);
  }

  /** Clicks on the first of these elements that says so, once there is one. */
  async #click(selector: string, words: string): Promise<void> {
    const element = await this.#wait(
      (within: string, wanted: string) =>
        [...document.querySelectorAll(within)].find(
          (one) => one.getAttribute('aria-label') === wanted || one.textContent?.includes(wanted),
        ) ?? null,
      selector,
      words,
    );
    await element.click();
  }

  async #fill(label: string, value: string): Promise<void> {
    const field = await this.#wait(
      (wanted: string) =>
        [...document.querySelectorAll('input')].find(
          (input) => input.ariaLabel === wanted || [...(input.labels ?? [])].some(({ textContent }) => textContent?.trim() === wanted),
        ) ?? null,
      label,
    );
    await field.type(value);
  }

  async #wait<Args extends string[]>(find: (...args: Args) => Element | null, ...args: Args): Promise<ElementHandle<Element>> {
    const found = (await this.#page.waitForFunction(find as (...given: unknown[]) => Element | null, onMutation, ...args)).asElement();
    if (found === null) throw new Error(`not on the page: ${args.join(' ')}`);
    return found as ElementHandle<Element>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
