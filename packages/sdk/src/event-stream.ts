import type { Environment } from '@parlour/core/environment';
import { limits } from '@parlour/core/limits';
import type { Connect, SocketEvents } from './platform.ts';

const answerMs = 20_000;
const broken = 1006;
const utf8 = new TextEncoder();

/**
 * [SDK-35] A socket over HTTP alone, for where no WebSocket passes: what comes is one long answer of server-sent events, what goes are requests,
 * one after the other.
 * @returns what connects to the address of the WebSocket that it stands in for
 */
export function eventStreamIn(environment: Environment): Connect {
  return (url, events) => {
    const stream = new EventStream(url.replace(/^ws/, 'http').replace(/\/socket$/, '/stream'), events, environment);
    void stream.hear();
    return stream;
  };
}

class EventStream {
  readonly #url: string;
  readonly #events: SocketEvents;
  readonly #environment: Environment;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #ended = new AbortController();
  /** What is to be said, in its order. */
  readonly #waiting: string[] = [];
  #isSaying = false;
  #isOver = false;

  constructor(url: string, events: SocketEvents, environment: Environment) {
    this.#url = url;
    this.#events = events;
    this.#environment = environment;
    this.#headers = { 'parlour-stream': environment.id() };
  }

  send(text: string): void {
    this.#waiting.push(text);
    void this.#say();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // So that the server need not find out, also where the page goes in this moment.
    void this.#ask('DELETE', null, { keepalive: true }).catch(() => {});
    this.#ended.abort();
  }

  async hear(): Promise<void> {
    try {
      const signal = this.#ended.signal;
      const answer = await fetch(this.#url, { headers: { ...this.#headers, accept: 'text/event-stream' }, cache: 'no-store', signal });
      if (!answer.ok || !answer.body) return this.#over(broken);
      let unread = '';
      const decoder = new TextDecoder();
      const reader = answer.body.getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        const events = (unread + decoder.decode(step.value, { stream: true })).split('\n\n');
        unread = events.pop() ?? '';
        for (const event of events) this.#take(event);
      }
    } catch {
      // However it broke, it is over.
    }
    this.#over(broken);
  }

  #take(event: string): void {
    if (this.#isOver) return;
    const { name = '', data = '' } = /^(?:event: (?<name>\w+)\n)?data: (?<data>.*)$/.exec(event)?.groups ?? {};
    if (name === 'open') this.#events.onOpen();
    else if (name === 'close') this.#over((JSON.parse(data) as { readonly code: number }).code);
    else if (name === 'ping') void this.#say(true);
    else if (data !== '') this.#events.onText(data);
  }

  /** @param isAsked that this is alive must be said, whether there is anything to say or not */
  async #say(isAsked = false): Promise<void> {
    if (this.#isSaying || this.#isOver) return;
    this.#isSaying = true;
    // What is said in one turn goes together.
    await null;
    try {
      for (let isDue = isAsked; (isDue || this.#waiting.length > 0) && !this.#isOver; isDue = false) {
        const { ok } = await this.#ask('POST', this.#nextBody());
        if (!ok) return this.#fail();
      }
    } catch {
      this.#fail();
    } finally {
      this.#isSaying = false;
    }
  }

  /** As much as one request may bring. */
  #nextBody(): string {
    let sizeBytes = 0;
    let count = 0;
    for (const text of this.#waiting) {
      sizeBytes += utf8.encode(text).length + 1;
      if (count > 0 && (sizeBytes > limits.frameSizeBytesMax || count === limits.framesPerPostMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count).join('\n');
  }

  async #ask(method: 'POST' | 'DELETE', body: string | null, more: RequestInit = {}): Promise<Response> {
    const headers = body ? { ...this.#headers, 'content-type': 'application/x-ndjson' } : this.#headers;
    const late = new AbortController();
    const cancel = this.#environment.timer(answerMs, () => late.abort());
    try {
      return await fetch(this.#url, { method, headers, body, cache: 'no-store', signal: late.signal, ...more });
    } finally {
      cancel();
    }
  }

  #fail(): void {
    this.#over(broken);
    this.#ended.abort();
  }

  #over(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onClose(code);
  }
}
