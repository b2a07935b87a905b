import { type Browser, type BrowserContext, chromium, type Locator, type Page, type WebSocket } from 'playwright-core';
import { chromiumPath } from './chromium.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desk = { width: 1440, height: 900 };
export const phone = { width: 360, height: 740 };

/** @param more flags of Chromium, for what only they can bring about */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('no Chromium was found: install one, or name it in PARLOUR_CHROMIUM');
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

/** As everywhere in the tests: what is slow is not yet broken. */
const patienceMs = 120_000;

type Account = { readonly name: string; readonly handle: string };

/** Enough words that no list of passwords has them. */
const passwordOf = (handle: string) => `quiet ferry lemon 42 ${handle}`;

/** One person at one browser, who uses the page by what it shows. */
export class BrowserPerson implements AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of: broken scripts, and what its content security policy refused. */
  readonly complaints: string[] = [];
  readonly #sockets = new Set<WebSocket>();
  readonly #url: string;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context;
    this.page = page;
    this.#url = url;
  }

  static async open(browser: Browser, url: string, viewport = desk): Promise<BrowserPerson> {
    return BrowserPerson.#openPage(await browser.newContext({ viewport }), url);
  }

  /** In a browser that was set up otherwise. */
  static inContext(context: BrowserContext, url: string): Promise<BrowserPerson> {
    return BrowserPerson.#openPage(context, url);
  }

  /** Another tab of the same browser. */
  openTab(): Promise<BrowserPerson> {
    return BrowserPerson.#openPage(this.context, this.#url);
  }

  static async #openPage(context: BrowserContext, url: string): Promise<BrowserPerson> {
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    const person = new BrowserPerson(context, page, url);
    page.on('websocket', (socket) => {
      person.#sockets.add(socket);
      socket.on('close', () => person.#sockets.delete(socket));
    });
    page.on('pageerror', (error) => person.complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      person.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (/content security policy|trusted ?(types|html|script)/i.test(message.text())) person.complaints.push(message.text());
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`Content Security Policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
      });
    });
    await page.goto(url);
    return person;
  }

  async register({ name, handle }: Account): Promise<void> {
    const { page } = this;
    const logIn = page.getByRole('form', { name: 'Log in' });
    // The first one on a server and whoever was invited are met by the other form.
    await logIn.or(page.getByRole('form', { name: 'Create an account' })).waitFor();
    if (await logIn.isVisible()) await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Handle').fill(handle);
    await page.getByLabel('E-mail').fill(`${handle}@example.org`);
    await page.getByLabel('Password').fill(passwordOf(handle));
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Parlour' }).waitFor();
  }

  async logIn(handle: string): Promise<void> {
    const { page } = this;
    await page.getByLabel('Handle or e-mail').fill(handle);
    await page.getByLabel('Password').fill(passwordOf(handle));
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Parlour' }).waitFor();
  }

  /** Finds someone by handle or name, and opens the conversation with them. */
  async find(query: string, handle: string): Promise<void> {
    const { page } = this;
    await page.getByRole('link', { name: 'Find a person' }).first().click();
    await page.getByLabel('Handle or name').fill(query);
    await page.locator('.people-finder-row', { hasText: `@${handle}` }).click();
    await this.composer.waitFor();
  }

  /** Opens the conversation with oneself. */
  async openNotes(): Promise<void> {
    const { page } = this;
    await page.getByRole('link', { name: 'Find a person' }).first().click();
    await page.locator('.people-finder-row', { hasText: 'Notes to self' }).click();
    await this.composer.waitFor();
  }

  /** Opens a conversation of the list. */
  async openFromList(title: string): Promise<void> {
    await this.row(title).click();
    await this.composer.waitFor();
  }

  /** Leaves: what holds the connection goes with the page. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank');
  }

  async comeBack(): Promise<void> {
    await this.page.goto(this.#url);
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** Of all tabs of a browser, one should. */
  get holdsSocket(): boolean {
    return this.#sockets.size > 0;
  }

  get composer(): Locator {
    return this.page.locator('.composer textarea');
  }

  row(title: string): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: title });
  }

  /** A message by its whole text. */
  message(text: string): Locator {
    return this.page.locator('article').filter({ has: this.page.locator('.message-text').getByText(text, { exact: true }) });
  }

  /** Resolves once one's own message has come so far. */
  async waitForTick(text: string, state: 'pending' | 'sent' | 'received' | 'read'): Promise<void> {
    await this.message(text).locator(`[data-receipt="${state}"]`).waitFor();
  }

  texts(): Promise<string[]> {
    return this.page.locator('article .message-text').allTextContents();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}
