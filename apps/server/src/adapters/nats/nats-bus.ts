import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { Bus, Notice, Topic, Topics } from '../../ports/bus.ts';
import { natsPlace, serversOf } from './nats-place.ts';
import { NatsUnusable } from './nats-unusable.ts';
import { readMark, readNotice, writeNotice } from './notice-text.ts';

export type NatsBusOptions = {
  /** One address, or several with commas between; user and password stand in the first. */
  readonly url: string;
  /** What all subjects begin with. */
  readonly prefix: string;
  /** This process, as nobody else is called. */
  readonly node: string;
  readonly reportFault: (fault: unknown) => void;
};

/** What the bus did, for those who watch it. */
export type BusCounters = {
  /** Messages given to NATS: one for each topic. */
  published: number;
  /** Notices that were not given to it, as it was away or took nothing. */
  dropped: number;
  /** Too long for one message: only the head was told. */
  shortened: number;
  heard: number;
  /** Came under several topics, and was heard already. */
  repeated: number;
  /** No notice of this version. */
  malformed: number;
  /** Times that notices may have been missed. */
  gaps: number;
};

/** Changes when an older node could misread what is published. */
const wireVersion = 1;
const connectTimeoutMs = 5_000;
/** A connection that answers nothing is left within twice this. */
const pingIntervalMs = 4_000;
const pingsUnansweredMax = 2;
const reconnectAfterMs = { min: 50, max: 1_000 } as const;
const settleTimeoutMs = 2_000;
/** Given to NATS and not known to have come there; beyond, notices are dropped. */
const underWayBytesMax = 64 * 1_048_576;
/** Of the newest of each node, to know a copy by. */
const marksKept = 4_096;
const nodesKept = 1_000;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/**
 * Core NATS: at most once, a subject for each topic. A notice that goes to several is a message for each, of which a node hears the first.
 * The connection is made again for ever; whatever passed meanwhile is a gap.
 */
export class NatsBus implements Bus, AsyncDisposable {
  readonly isShared = true;
  readonly counters: BusCounters = { published: 0, dropped: 0, shortened: 0, heard: 0, repeated: 0, malformed: 0, gaps: 0 };
  readonly #connection: NatsConnection;
  readonly #options: NatsBusOptions;
  readonly #receivers = new Set<(notice: Notice) => void>();
  readonly #gapListeners = new Set<() => void>();
  readonly #followed = new Map<Topic, { count: number; readonly subscription: Subscription }>();
  readonly #heard = new Map<string, Set<number>>();
  #number = 0;
  #isBroken = false;
  #isClosed = false;
  /** Grows when something that was published may be lost. */
  #losses = 0;
  #underWayBytes = 0;
  #isSettling = false;

  private constructor(connection: NatsConnection, options: NatsBusOptions) {
    this.#connection = connection;
    this.#options = options;
    void this.#watch();
    this.follow('everyone');
  }

  /** @throws NatsUnusable */
  static async open(options: NatsBusOptions): Promise<NatsBus> {
    const { url, node } = options;
    const servers = serversOf(url);
    const [{ username, password } = { username: '', password: '' }] = servers;
    try {
      const connection = await connect({
        servers: servers.map(({ protocol, host }) => `${protocol}//${host}`),
        ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
        ...(servers.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
        name: `parlour ${node}`,
        noEcho: true,
        timeout: connectTimeoutMs,
        pingInterval: pingIntervalMs,
        maxPingOut: pingsUnansweredMax,
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        // All nodes lose a server that ends in the same moment.
        reconnectDelayHandler: () => reconnectAfterMs.min + Math.random() * (reconnectAfterMs.max - reconnectAfterMs.min),
      });
      const bus = new NatsBus(connection, options);
      // From the first moment on it hears what everyone is to hear.
      if (await bus.settled()) return bus;
      await bus[Symbol.asyncDispose]();
      throw new Error('it answers nothing');
    } catch (error) {
      throw new NatsUnusable(natsPlace(url), error);
    }
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  publish(notice: Notice, topics: Topics): void {
    for (const receiver of this.#receivers) receiver(notice);
    if (this.#isClosed) return;
    if (this.#isBroken || this.#underWayBytes > underWayBytesMax) return this.#drop();
    const payload = this.#payloadOf(notice);
    try {
      for (const topic of topics()) {
        this.#connection.publish(this.#subjectOf(topic), payload);
        this.#underWayBytes += payload.length;
        this.counters.published++;
      }
      if (this.#underWayBytes > underWayBytesMax / 8 && !this.#isSettling) void this.settled();
    } catch (fault) {
      // It broke in this very turn.
      this.#options.reportFault(fault);
      this.#drop();
    }
  }

  subscribe(receiver: (notice: Notice) => void): () => void {
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  follow(topic: Topic): () => void {
    if (this.#isClosed) return () => {};
    const followed = this.#followed.get(topic) ?? { count: 0, subscription: this.#subscribe(topic) };
    this.#followed.set(topic, followed);
    followed.count++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      followed.count--;
      if (followed.count > 0) return;
      this.#followed.delete(topic);
      if (!this.#isClosed) followed.subscription.unsubscribe();
    };
  }

  /** By a way there and back: what was written before it is there then. */
  async settled(): Promise<boolean> {
    if (this.#isBroken || this.#isClosed) return false;
    this.#isSettling = true;
    const losses = this.#losses;
    const underWayBytes = this.#underWayBytes;
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), settleTimeoutMs);
    try {
      const answered = this.#connection.flush().then(
        () => true,
        () => false,
      );
      const isSettled = (await Promise.race([answered, late.promise])) && losses === this.#losses;
      if (isSettled) this.#underWayBytes = Math.max(0, this.#underWayBytes - underWayBytes);
      return isSettled;
    } finally {
      clearTimeout(timer);
      this.#isSettling = false;
    }
  }

  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    return () => this.#gapListeners.delete(listener);
  }

  /** Notices may have been missed; also for whoever knows that from elsewhere. */
  gap(): void {
    this.counters.gaps++;
    for (const listener of this.#gapListeners) listener();
  }

  /** What was published is still sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    await this.settled();
    this.#isClosed = true;
    await this.#connection.close();
  }

  #subjectOf(topic: Topic): string {
    return `${this.#options.prefix}.${wireVersion}.${topic}`;
  }

  #subscribe(topic: Topic): Subscription {
    return this.#connection.subscribe(this.#subjectOf(topic), {
      callback: (error, { data }) => {
        if (error) this.#options.reportFault(error);
        else this.#hear(fromUtf8.decode(data));
      },
    });
  }

  #payloadOf(notice: Notice): Uint8Array {
    const mark = { from: this.#options.node, number: ++this.#number };
    const payload = utf8.encode(writeNotice(mark, notice));
    const sizeMax = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (payload.length <= sizeMax || notice.notice !== 'entries') return payload;
    this.counters.shortened++;
    const { conversation, previous, entries, memberSeq } = notice;
    const { seq, chain } = entries.at(-1) ?? previous;
    return utf8.encode(writeNotice(mark, { notice: 'head', conversation, head: { seq, chain }, memberSeq }));
  }

  #hear(text: string): void {
    const mark = readMark(text);
    if (!mark) return void this.counters.malformed++;
    if (this.#isRepeated(mark.from, mark.number)) return void this.counters.repeated++;
    const notice = readNotice(text);
    if (!notice) return void this.counters.malformed++;
    this.counters.heard++;
    for (const receiver of this.#receivers) receiver(notice);
  }

  #isRepeated(from: string, number: number): boolean {
    const heard = this.#heard.get(from) ?? new Set();
    if (heard.has(number)) return true;
    heard.add(number);
    if (heard.size > marksKept) heard.delete(heard.values().next().value ?? number);
    if (!this.#heard.has(from)) {
      if (this.#heard.size >= nodesKept) this.#heard.delete(this.#heard.keys().next().value ?? from);
      this.#heard.set(from, heard);
    }
    return false;
  }

  #drop(): void {
    this.counters.dropped++;
    this.#losses++;
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (this.#isClosed) return;
      if (status.type === 'disconnect') this.#break(new Error(`the connection to NATS at ${natsPlace(this.#options.url)} is lost`));
      else if (status.type === 'reconnect') this.#mend();
      else if (status.type === 'error') this.#options.reportFault(status.error);
      else if (status.type === 'slowConsumer') this.gap();
    }
    if (!this.#isClosed) this.#break(new Error('the connection to NATS is closed for good; start the server again'));
  }

  #break(fault: Error): void {
    this.#losses++;
    this.#underWayBytes = 0;
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#options.reportFault(fault);
    this.gap();
  }

  #mend(): void {
    this.#isBroken = false;
    this.gap();
  }
}
