import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { limits } from '@parlour/core/limits';
import { type Frame, Line } from './line.ts';
import { newId } from './person.ts';

type Answer = { readonly status: number; readonly body: string };

/** An event stream and the requests that go with it, by hand. */
export class RawStream extends Line {
  readonly #url: string;
  readonly #id: string;
  readonly #frames: Frame[] = [];
  #opening: ClientRequest | null = null;
  #answer: IncomingMessage | null = null;
  #unread = '';
  #pingCount = 0;
  #closeCode: number | null = null;
  /** What is said together. */
  #breath: string[] | null = null;
  /** One request after the other keeps the order. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(url: string, id: string) {
    super();
    this.#url = url;
    this.#id = id;
  }

  /** @param id of the stream @returns once it is open, or was refused */
  static async open(url: string, id = newId()): Promise<RawStream> {
    const stream = new RawStream(url, id);
    await stream.#open();
    return stream;
  }

  /** Of the answer to the `GET`. */
  get status(): number {
    return this.#answer?.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.#answer?.headers ?? {};
  }

  /** What was answered instead of a stream; whole when it is closed. */
  get body(): string {
    return this.status === 200 ? '' : this.#unread;
  }

  frames(): readonly Frame[] {
    return this.#frames;
  }

  pingCount(): number {
    return this.#pingCount;
  }

  closeCode(): number | null {
    return this.#closeCode;
  }

  say(frame: object): void {
    const text = JSON.stringify(frame);
    if (this.#breath) this.#breath.push(text);
    else void this.post(text);
  }

  together(say: () => void): void {
    this.#breath = [];
    say();
    const texts = this.#breath;
    this.#breath = null;
    let body: string[] = [];
    let sizeBytes = 0;
    for (const text of texts) {
      if (body.length === limits.framesPerPostMax || sizeBytes + text.length >= limits.frameSizeBytesMax) {
        void this.post(body.join('\n'));
        body = [];
        sizeBytes = 0;
      }
      body.push(text);
      sizeBytes += text.length + 1;
    }
    void this.post(body.join('\n'));
  }

  async written(): Promise<void> {
    await this.#last;
  }

  pause(): void {
    this.#answer?.pause();
  }

  resume(): void {
    this.#answer?.resume();
  }

  leave(): void {
    void this.#ask('DELETE', null);
  }

  async closed(withinMs?: number): Promise<number> {
    return this.until('the close', () => this.#closeCode ?? undefined, withinMs);
  }

  [Symbol.dispose](): void {
    this.#opening?.destroy();
  }

  /** @param body as it is, whether it is frames or not */
  post(body: string | Buffer): Promise<Answer | null> {
    return this.#ask('POST', body);
  }

  /** @returns null where no answer came */
  #ask(method: 'POST' | 'DELETE', body: string | Buffer | null): Promise<Answer | null> {
    const next = this.#last.then(() => askStream(this.#url, { method, id: this.#id, body }));
    this.#last = next;
    // One that does not read would not learn of it otherwise.
    void next.then((answer) => answer?.status === 404 && this.#over());
    return next;
  }

  #open(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const opening = begin(this.#url, 'GET', { 'parlour-stream': this.#id, accept: 'text/event-stream' });
    this.#opening = opening;
    opening.on('error', (error) => {
      this.#over();
      reject(error);
    });
    opening.on('response', (answer) => {
      this.#answer = answer;
      if (answer.statusCode !== 200) resolve();
      answer.setEncoding('utf8');
      answer.on('error', () => {});
      answer.on('close', () => {
        this.#over();
        resolve();
      });
      answer.on('data', (text: string) => {
        this.#unread += text;
        if (answer.statusCode !== 200) return;
        const events = this.#unread.split('\n\n');
        this.#unread = events.pop() ?? '';
        for (const event of events) this.#take(event, resolve);
        this.wakeUp();
      });
    });
    opening.end();
    return promise;
  }

  #take(event: string, opened: () => void): void {
    const { name, data = '' } = /^(?:event: (?<name>[a-z]+)\n)?data: (?<data>[^\n]+)$/.exec(event)?.groups ?? {};
    if (name === undefined) this.#frames.push(JSON.parse(data));
    else if (name === 'open') opened();
    else if (name === 'close') this.#closeCode = (JSON.parse(data) as { code: number }).code;
    else if (name === 'ping') {
      this.#pingCount++;
      if (this.answersPings) void this.post('');
    }
  }

  #over(): void {
    this.isClosed = true;
    this.wakeUp();
  }
}

export type StreamRequest = {
  readonly method: 'POST' | 'DELETE';
  readonly id: string | null;
  readonly body: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Says something into a stream, whoever holds it. @returns null where no answer came */
export function askStream(url: string, { method, id, body, headers = {} }: StreamRequest): Promise<Answer | null> {
  return new Promise((resolve) => {
    const named = id === null ? {} : { 'parlour-stream': id };
    const asking = begin(url, method, { ...named, ...(body ? { 'content-type': 'application/x-ndjson' } : {}), ...headers });
    asking.on('error', () => resolve(null));
    asking.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', () => resolve(null));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    asking.end(body ?? undefined);
  });
}

function begin(url: string, method: string, headers: Readonly<Record<string, string>>): ClientRequest {
  const { protocol } = new URL(url);
  return (protocol === 'https:' ? requestTls : requestPlain)(`${url}/v1/stream`, { method, headers, agent: false });
}
