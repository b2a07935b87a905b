import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { webkitPath } from './webkit-path.ts';

const elementKey = 'element-6066-11e4-a52e-4f735466cecf';
const enter = '\uE007';

/** The browser of WebKitGTK, driven by the standard's own protocol: one window, and one person in it. */
export class WebKitPerson implements AsyncDisposable {
  readonly #processes: readonly ChildProcess[];
  readonly #session: string;

  private constructor(processes: readonly ChildProcess[], session: string) {
    this.#processes = processes;
    this.#session = session;
  }

  static async open(url: string): Promise<WebKitPerson> {
    const path = webkitPath();
    if (path === undefined)
      throw new Error('no WebKit was found: install webkit2gtk-driver and xvfb, or name the driver in PARLOUR_WEBKIT');
    const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1440x900x24'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const display = `:${await firstLine(screen)}`;
    // As root, as in a container, its own sandbox cannot be had.
    const env = { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    const port = await freePort();
    const driver = spawn(path, [`--port=${port}`], { env, stdio: 'ignore' });
    const address = `http://127.0.0.1:${port}`;
    await expect
      .poll(() =>
        fetch(`${address}/status`).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true);
    const options = { 'webkitgtk:browserOptions': { args: ['--automation'] } };
    const { sessionId } = await ask<{ sessionId: string }>('POST', `${address}/session`, { capabilities: { alwaysMatch: options } });
    const person = new WebKitPerson([driver, screen], `${address}/session/${sessionId}`);
    await person.#post('url', { url });
    return person;
  }

  /** Once something is there. */
  async find(selector: string): Promise<string> {
    const ask = () => this.#post<Record<string, string>>('element', { using: 'css selector', value: selector }).catch(() => null);
    await expect.poll(ask).not.toBeNull();
    return (await ask())?.[elementKey] ?? '';
  }

  async press(selector: string): Promise<void> {
    await this.#post(`element/${await this.find(selector)}/click`, {});
  }

  async type(selector: string, text: string): Promise<void> {
    await this.#post(`element/${await this.find(selector)}/value`, { text });
  }

  async register({ name, handle }: { readonly name: string; readonly handle: string }): Promise<void> {
    await this.find('input[name="password"]');
    if (await this.evaluate<boolean>('return document.querySelector(`input[name="displayName"]`) === null'))
      await this.press('.entrance-other button');
    await this.type('input[name="displayName"]', name);
    await this.type('input[name="email"]', `${handle}@example.org`);
    await this.type('input[name="password"]', `quiet ferry lemon 42 ${handle}`);
    await this.press('form button[type="submit"]');
    await this.find('.shell-name');
  }

  async send(text: string): Promise<void> {
    await this.type('.composer textarea', `${text}${enter}`);
  }

  texts(): Promise<string[]> {
    return this.evaluate('return [...document.querySelectorAll("article .message-text")].map((element) => element.textContent)');
  }

  evaluate<T>(script: string): Promise<T> {
    return this.#post('execute/sync', { script, args: [] });
  }

  async reload(): Promise<void> {
    await this.#post('refresh', {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ask('DELETE', this.#session);
    for (const child of this.#processes) {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill()) await ended;
    }
  }

  #post<T>(command: string, body: object): Promise<T> {
    return ask('POST', `${this.#session}/${command}`, body);
  }
}

async function ask<T>(method: string, address: string, body?: object): Promise<T> {
  const answer = await fetch(address, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const { value } = (await answer.json()) as { value: T & { readonly message?: string } };
  if (!answer.ok) throw new Error(`WebKit: ${value?.message}`);
  return value;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('nothing of it can be read');
  for await (const line of createInterface({ input: child.stdout })) return line.trim();
  throw new Error('it ended before it said anything');
}

/** The driver chooses none by itself, and says none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
