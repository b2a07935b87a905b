import type { MonotonicMs } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { connectEither } from './either-connect.ts';
import { nodeEnvironment } from './node-environment.ts';
import type { Connect, SocketEvents } from './platform.ts';

/** Both ways of one address, and a clock, in the hands of the test. */
class Ways {
  /** What was tried, in its order. */
  readonly tried: string[] = [];
  readonly said: string[] = [];
  readonly heard: string[] = [];
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  #events: SocketEvents | null = null;
  readonly #connect = connectEither({
    webSocket: this.#way('WebSocket'),
    loadEventStream: async () => this.#way('event stream'),
    environment: {
      ...nodeEnvironment,
      monotonic: () => this.#nowMs as MonotonicMs,
      timer: (delayMs, callback) => {
        const timer = { atMs: this.#nowMs + delayMs, callback };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        };
      },
    },
  });

  #way(name: string): Connect {
    return (_url, events) => {
      this.tried.push(name);
      this.#events = events;
      return { send: (text) => this.said.push(`${name}: ${text}`), close: () => this.tried.push(`${name} is left`) };
    };
  }

  connect() {
    return this.#connect('wss://chat.example/v1/socket', {
      onOpen: () => this.heard.push('open'),
      onText: (text) => this.heard.push(text),
      onClose: (code) => this.heard.push(`closed ${code}`),
    });
  }

  /** Of the way that was tried last. */
  get far(): SocketEvents {
    if (!this.#events) throw new TypeError('nothing was tried');
    return this.#events;
  }

  /** The other way has to be loaded before it is tried. */
  async tries(name: string, count: number): Promise<void> {
    await expect.poll(() => this.tried.filter((each) => each === name).length).toBe(count);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
  }
}

/** A WebSocket that is refused, and a stream that opens. */
async function fallenBack(): Promise<Ways> {
  const ways = new Ways();
  ways.connect();
  ways.far.onClose(1006);
  await ways.tries('event stream', 1);
  ways.far.onOpen();
  ways.far.onText('welcome');
  return ways;
}

test('[SDK-35] where a WebSocket opens there is nothing else', async () => {
  const ways = new Ways();
  const socket = ways.connect();
  ways.far.onOpen();
  ways.far.onText('welcome');
  socket.send('ping');
  ways.far.onClose(4002);
  ways.pass(10_000);
  expect(ways.heard).toEqual(['open', 'welcome', 'closed 4002']);
  expect([ways.said, ways.tried]).toEqual([['WebSocket: ping'], ['WebSocket']]);
  ways.connect();
  expect(ways.tried).toEqual(['WebSocket', 'WebSocket']);
});

test('[SDK-35] where none opens an event stream stands in for it, at once for the next ten minutes', async () => {
  const ways = await fallenBack();
  expect(ways.heard).toEqual(['open', 'welcome']);
  ways.far.onClose(1006);
  ways.pass(590_000);
  ways.connect();
  await ways.tries('event stream', 2);
  expect(ways.tried).toEqual(['WebSocket', 'event stream', 'event stream']);
  ways.far.onClose(1006);
  // It does not open any more: nothing is known again.
  ways.connect();
  expect(ways.tried.at(-1)).toBe('WebSocket');
  expect(ways.heard).toEqual(['open', 'welcome', 'closed 1006', 'closed 1006']);
});

test('[SDK-35] after ten minutes a WebSocket is tried again', async () => {
  const ways = await fallenBack();
  ways.pass(600_000);
  ways.connect();
  expect(ways.tried).toEqual(['WebSocket', 'event stream', 'WebSocket']);
});

test('[SDK-35] one that hangs is left after four seconds, and what it says later is not heard', async () => {
  const ways = new Ways();
  ways.connect();
  const late = ways.far;
  ways.pass(3_999);
  expect(ways.tried).toEqual(['WebSocket']);
  ways.pass(1);
  await ways.tries('event stream', 1);
  late.onOpen();
  late.onText('late');
  late.onClose(1006);
  expect([ways.heard, ways.tried]).toEqual([[], ['WebSocket', 'WebSocket is left', 'event stream']]);
});

test('[SDK-35] after one that opened and on which nothing came, the stream is tried first', async () => {
  const ways = new Ways();
  const socket = ways.connect();
  ways.far.onOpen();
  socket.close();
  expect(ways.tried).toEqual(['WebSocket', 'WebSocket is left']);
  ways.connect();
  await ways.tries('event stream', 1);
});

test('[SDK-35] where neither opens it is over once, and the next attempt begins as the first one did', async () => {
  const ways = new Ways();
  ways.connect();
  ways.far.onClose(1006);
  await ways.tries('event stream', 1);
  ways.far.onClose(1006);
  expect(ways.heard).toEqual(['closed 1006']);
  ways.connect();
  expect(ways.tried).toEqual(['WebSocket', 'event stream', 'WebSocket']);
});

test('[SDK-35] whoever goes while the stream is being loaded is not connected', async () => {
  const ways = new Ways();
  const socket = ways.connect();
  ways.far.onClose(1006);
  socket.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect([ways.heard, ways.tried]).toEqual([[], ['WebSocket']]);
});
