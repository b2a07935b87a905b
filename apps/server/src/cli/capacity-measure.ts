import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceId } from '@parlour/core/ids';
import type { ServerFrame } from '@parlour/protocol/server-frame';
import { protocolVersions } from '@parlour/protocol/version';
import { nodeEnvironment } from '../node-environment.ts';
import type { Costs } from './capacity-sums.ts';
import { CommandFailed } from './command-failed.ts';

const pairCount = 8;
/** Messages of one person that are not acknowledged yet. */
const inFlight = 4;
const listenerCount = 40;
const idleCount = 1_000;
const text = 'A message as people write them, neither long nor short: about as much as fits a line.';
const startMs = 30_000;
const markEveryMs = 1_000;
const settlingMs = 500;

/** Nothing of it may be a bound here. */
const wide = {
  PARLOUR_HOST: '127.0.0.1',
  PARLOUR_PORT: '0',
  PARLOUR_LOG_LEVEL: 'warn',
  PARLOUR_SOCKETS_PER_PERSON_MAX: '10000',
  PARLOUR_SOCKETS_PER_ADDRESS_MAX: '100000',
  PARLOUR_RATE_SENDS_PER_SECOND: '1000000',
  PARLOUR_RATE_SENDS_BURST: '1000000',
} as const;

/** Measures a server of its own, beside the data that there is and erased at the end. @param near where the data folder is */
export async function measureCosts(near: string, seconds: number): Promise<Costs> {
  const folder = makeFolder(near);
  try {
    await using server = await ThrowawayServer.start(folder);
    const people = await Promise.all(Array.from({ length: pairCount * 2 }, (_, index) => register(server.url, index)));
    const connectionBytes = await measureIdle(server, people);
    const { messageUs, messageBytes, answerMs } = await measureTalk(server, folder, people, seconds);
    const deliveryUs = await measureDeliveries(server, people, seconds);
    return { messageUs, deliveryUs, messageBytes, answerMs, connectionBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function makeFolder(near: string): string {
  try {
    return mkdtempSync(`${near}-capacity-`);
  } catch (error) {
    throw new CommandFailed(`cannot make a folder beside ${near}: ${(error as Error).message}`);
  }
}

/** The program that runs here, as a process whose CPU is nobody else's. */
class ThrowawayServer implements AsyncDisposable {
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.#end = end;
  }

  static async start(folder: string): Promise<ThrowawayServer> {
    const { PATH, HOME, NODE_OPTIONS } = process.env;
    const env = { PATH, HOME, NODE_OPTIONS, ...wide, PARLOUR_DATA: folder };
    const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'start'], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    let said = '';
    const listening = Promise.withResolvers<string>();
    const fail = (why: string) => listening.reject(new CommandFailed(`the server to be measured ${why}:\n${said}`));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (url) listening.resolve(url);
      });
    void ended.then(() => fail('ended before it listened'));
    const late = setTimeout(() => fail(`does not listen after ${startMs / 1_000} s`), startMs);
    const end = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    try {
      return new ThrowawayServer(await listening.promise, end);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** One of its metrics. */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} ([\\d.e+]+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

type Measured = { readonly id: string; readonly token: string };

async function register(url: string, index: number): Promise<Measured> {
  const handle = `measured${index}`;
  const password = randomBytes(18).toString('base64url');
  const body = JSON.stringify({ email: `${handle}@measured.example`, handle, password, client: 'program' });
  const answer = await fetch(`${url}/v1/accounts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) throw new CommandFailed(`nobody can be registered at the server to be measured: ${await answer.text()}`);
  const { accessToken, person } = (await answer.json()) as { readonly accessToken: string; readonly person: { readonly id: string } };
  return { id: person.id, token: accessToken };
}

/** Node's own takes headers. */
const NodeWebSocket = WebSocket as unknown as new (url: string, options: { readonly headers: { readonly origin: string } }) => WebSocket;

/** A welcomed socket that asks one thing after another, or several at once. */
class MeasuredSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, (frame: ServerFrame) => void>();
  #count = 0;
  #operationCount = 0;
  #conversation = '';
  /** How far this end has the log. */
  #position: { readonly seq: number; readonly chain: string } = { seq: 0, chain: '' };

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async enter(url: string, { token }: Measured): Promise<MeasuredSocket> {
    const socket = new NodeWebSocket(`${url.replace('http', 'ws')}/v1/socket`, { headers: { origin: url } });
    const own = new MeasuredSocket(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.kind === 'welcome') resolve();
      else own.#hear(frame);
    });
    socket.addEventListener('close', ({ code }) => reject(new CommandFailed(`the server to be measured closed a connection with ${code}`)));
    socket.addEventListener('open', () => {
      const device = nodeEnvironment.id() as DeviceId;
      own.say({ kind: 'hello', versions: protocolVersions, token, device, operationNumber: 0, client: 'capacity' });
    });
    await promise;
    return own;
  }

  say(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  ask(frame: object): Promise<ServerFrame> {
    const id = ++this.#count;
    const { promise, resolve } = Promise.withResolvers<ServerFrame>();
    this.#asked.set(id, resolve);
    this.say({ ...frame, id });
    return promise;
  }

  /** The conversation that it speaks in from then on. */
  async open(person: string): Promise<void> {
    const opened = await this.ask({ kind: 'open', person });
    if (opened.kind !== 'opened') throw unexpected(opened);
    const [conversation, , , , seq, chain] = opened.row;
    this.#conversation = conversation;
    this.#position = { seq, chain };
  }

  /** @returns how long it took until it was durable, in milliseconds */
  async send(): Promise<number> {
    const operation = { n: ++this.#operationCount, kind: 'message', body: { text }, after: this.#position };
    const sentMs = performance.now();
    const sent = await this.ask({ kind: 'send', conversation: this.#conversation, operations: [operation] });
    if (sent.kind !== 'sent' || !sent.results.every((result) => 'seq' in result)) throw unexpected(sent);
    return performance.now() - sentMs;
  }

  /** Reads all that there is. */
  mark(): void {
    const { seq } = this.#position;
    this.say({ kind: 'mark', conversation: this.#conversation, readSeq: seq, receivedSeq: seq });
  }

  [Symbol.dispose](): void {
    this.#socket.close(1000);
  }

  #hear(frame: ServerFrame): void {
    const last = frame.kind === 'entries' ? frame.entries.at(-1) : undefined;
    if (last && last.seq > this.#position.seq) this.#position = { seq: last.seq, chain: last.chain };
    if (!('re' in frame) || frame.re === undefined) return;
    this.#asked.get(frame.re)?.(frame);
    this.#asked.delete(frame.re);
  }
}

/** What the server's memory grows by, for each connection that does nothing. */
async function measureIdle(server: ThrowawayServer, people: readonly Measured[]): Promise<number> {
  using sockets = new DisposableStack();
  const open = async (count: number) => {
    for (let done = 0; done < count; done += people.length)
      for (const socket of await Promise.all(people.map((person) => MeasuredSocket.enter(server.url, person)))) sockets.use(socket);
  };
  // What is made once, with the first ones, is nobody's share.
  await open(idleCount / 5);
  const before = await server.metric('parlour_memory_bytes');
  await open(idleCount);
  return Math.max(1_000, ((await server.metric('parlour_memory_bytes')) - before) / idleCount);
}

async function measureTalk(server: ThrowawayServer, folder: string, people: readonly Measured[], seconds: number) {
  using sockets = new DisposableStack();
  const pairs = await Promise.all(
    people.slice(0, pairCount).map(async (sender, index) => enterPair(sockets, server.url, [sender, people[pairCount + index] ?? sender])),
  );
  const bytesBefore = sizeOf(folder);
  const { tookMs, cpuUs } = await watchTalk(server, pairs, seconds);
  const at = (part: number): number => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * part))] ?? 0;
  return {
    messageUs: cpuUs / tookMs.length,
    messageBytes: Math.max(1, (sizeOf(folder) - bytesBefore) / tookMs.length),
    answerMs: { p50: at(0.5), p99: at(0.99) },
  };
}

/** One conversation, heard by nobody else and by many: what these cost more. */
async function measureDeliveries(server: ThrowawayServer, people: readonly Measured[], seconds: number): Promise<number> {
  using sockets = new DisposableStack();
  const [sender, receiver] = people;
  if (!sender || !receiver) throw new TypeError('there are two at least');
  const pair = await enterPair(sockets, server.url, [sender, receiver]);
  const alone = await watchTalk(server, [pair], seconds / 2);
  for (let count = 0; count < listenerCount; count++) sockets.use(await MeasuredSocket.enter(server.url, receiver));
  const heard = await watchTalk(server, [pair], seconds / 2);
  const more = heard.cpuUs / heard.tookMs.length - alone.cpuUs / alone.tookMs.length;
  return Math.max(0.1, more / listenerCount);
}

type Pair = { readonly sender: MeasuredSocket; readonly receiver: MeasuredSocket };

async function enterPair(sockets: DisposableStack, url: string, [one, other]: readonly [Measured, Measured]): Promise<Pair> {
  const sender = sockets.use(await MeasuredSocket.enter(url, one));
  const receiver = sockets.use(await MeasuredSocket.enter(url, other));
  await sender.open(other.id);
  await receiver.open(one.id);
  return { sender, receiver };
}

/** After a moment in which all that is made once is made. @returns how long each message took, the quickest first, and the server's CPU for all of them */
async function watchTalk(server: ThrowawayServer, pairs: readonly Pair[], seconds: number): Promise<{ tookMs: number[]; cpuUs: number }> {
  const talkFor = async (ms: number): Promise<number[]> => {
    const endMs = performance.now() + ms;
    return (await Promise.all(pairs.map((pair) => talk(pair, endMs)))).flat();
  };
  await talkFor(settlingMs);
  const before = await server.metric('parlour_cpu_seconds_total');
  const tookMs = await talkFor(seconds * 1_000);
  const cpuUs = ((await server.metric('parlour_cpu_seconds_total')) - before) * 1e6;
  return { tookMs: tookMs.sort((one, other) => one - other), cpuUs };
}

/** Says one after the other, so many at once, until the time is over; the other one says how far they have read. */
async function talk({ sender, receiver }: Pair, endMs: number): Promise<number[]> {
  const tookMs: number[] = [];
  const marking = setInterval(() => receiver.mark(), markEveryMs);
  const sayOn = async (): Promise<void> => {
    while (performance.now() < endMs) tookMs.push(await sender.send());
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, sayOn));
  } finally {
    clearInterval(marking);
  }
  return tookMs;
}

function unexpected(frame: ServerFrame): CommandFailed {
  return new CommandFailed(`the server to be measured answered ${JSON.stringify(frame).slice(0, 300)}`);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
