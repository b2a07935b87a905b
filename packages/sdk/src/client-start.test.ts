import { genesis } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, DeviceId, LoginId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { packRow, type UnpackedRow } from '@parlour/protocol/packed-row';
import { afterEach, describe, expect, test } from 'vitest';
import type { Me, ParlourClient } from './client.ts';
import { usualClientLimits } from './client-limits.ts';
import { createClient } from './create-client.ts';
import { MemoryStore } from './memory-store.ts';
import { nodeEnvironment } from './node-environment.ts';
import { enqueue } from './outbox.ts';
import type { Platform, SocketEvents, TabNet } from './platform.ts';
import { isRefused } from './refusal.ts';
import type { StoreTransaction } from './store.ts';
import { putAll } from './store-writer.ts';
import { downloadOver } from './whole-download.ts';

const idOf = (digit: string) => digit.repeat(26);
const me: Me = { id: idOf('1') as PersonId, handle: 'me', displayName: 'Me', about: '', placeholder: false, login: idOf('2') as LoginId };
const author = { id: idOf('3') as PersonId, handle: 'ola', displayName: 'Ola', about: '' };
const group = idOf('4') as ConversationId;
const position = (seq: number) => ({ seq: seq as Seq, chain: 'A'.repeat(22) as Chain });
const row: UnpackedRow = {
  conversation: group,
  type: 'group',
  title: 'Ferry people',
  head: position(3),
  firstSeq: 1 as Seq,
  ord: 2 as MessageCount,
  mine: 0 as MessageCount,
  activity: 1_000 as WallMs,
  readSeq: 0 as Seq,
  readOrd: 0 as MessageCount,
  readMine: 0 as MessageCount,
  receivedSeq: 0 as Seq,
  last: { seq: 3 as Seq, author: author.id, ts: 1_000 as WallMs, text: 'hello' },
  receipts: [],
  memberCount: 3,
};
const { placeholder: _, login, ...person } = me;

type Asked = {
  readonly kind: string;
  readonly id?: number;
  readonly operations?: readonly { readonly n: number; readonly after: { readonly seq: number } }[];
};

/** The far end of a socket, which answers what it is told to, and no sooner. */
class FarEnd {
  #socket: SocketEvents | null = null;
  readonly asked: string[] = [];
  /** Of the operations that came, batch by batch. */
  readonly numbers: number[][] = [];
  /** Answers by the kind of the question, or what makes them; a question of another kind stays unanswered. */
  answers: Record<string, object | ((frame: Asked) => object)> = {};

  readonly connect = (_url: string, events: SocketEvents) => {
    this.#socket = events;
    return { send: (text: string) => this.#take(JSON.parse(text)), close: () => {} };
  };

  get isWaitedFor(): boolean {
    return this.#socket !== null;
  }

  open(): void {
    this.#socket?.onOpen();
  }

  fail(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.onClose(1006);
  }

  #take(frame: Asked): void {
    this.asked.push(frame.kind);
    if (frame.operations) this.numbers.push(frame.operations.map(({ n }) => n));
    const known = this.answers[frame.kind];
    const answer = typeof known === 'function' ? known(frame) : known;
    if (!answer) return;
    const text = JSON.stringify({ ...answer, ...(frame.id === undefined ? {} : { re: frame.id }) });
    // No socket answers while one is still speaking.
    queueMicrotask(() => this.#socket?.onText(text));
  }
}

const welcome = {
  kind: 'welcome',
  version: 1,
  person,
  device: idOf('5') as DeviceId,
  login,
  operationNumber: 0,
  serverTime: 1_000,
  tokenExpiresAt: 2_000_000_000_000,
  pingIntervalMs: 10_000,
  limits: { textLengthMax: 1, frameSizeBytesMax: 1, operationsPerSendMax: 1, entriesPerRangeMax: 1, presenceWatchMax: 1 },
};
const synced = (rows: readonly UnpackedRow[]) => ({
  kind: 'synced',
  groups: [],
  rows: rows.map(packRow),
  registersVer: 0,
  conversationCount: rows.length,
});

const noticesUpTo3 = [1, 2, 3].map((seq) => ({
  author: author.id,
  device: idOf('6'),
  chain: 'A'.repeat(22),
  memberSeq: 1,
  ts: 1_000 as WallMs,
  mine: 0,
  kind: 'notice',
  seq,
  n: seq,
  ord: 0,
  body: { text: `${seq}` },
}));

let client: ParlourClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

async function start(
  end: FarEnd,
  { store = new MemoryStore(), tabs = null }: { store?: MemoryStore; tabs?: TabNet | null } = {},
): Promise<ParlourClient> {
  await store.transact(async (transaction) => {
    transaction.put('meta', 'me', me);
    transaction.put('meta', 'device', idOf('5') as DeviceId);
  });
  const tokens = { person, login, accessToken: 'token', expiresInMs: 600_000, refreshToken: 'next' };
  const exchange = async () => ({ status: 200, retryAfterMs: null, text: JSON.stringify(tokens) });
  const platform: Platform = {
    environment: nodeEnvironment,
    connect: end.connect,
    exchange,
    download: downloadOver(exchange),
    signals: { isVisible: () => true, subscribe: () => () => {} },
    tabs,
    credentials: { load: async () => 'refresh', save: async () => {} },
    loginHint: null,
  };
  client = await createClient({ platform, store, limits: usualClientLimits, url: 'http://parlour.example', label: 'test' });
  return client;
}

/** As a tab does that dies before it tells the others. */
async function putSilently(store: MemoryStore, text: string): Promise<void> {
  await store.transact(async (transaction) => {
    const made = await enqueue(transaction, { conversation: group, text, after: genesis, at: nodeEnvironment.now() });
    if (isRefused(made)) throw new Error(made.sentence);
    putAll(transaction, made.changes);
  });
}

describe('a client that has just started', () => {
  test('[SDK-34] who asks while the connection is being made waits for it, and is answered', async () => {
    const end = new FarEnd();
    const started = await start(end);
    const opening = started.openDirect(author.id);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.answers = { hello: welcome, sync: synced([]), open: { kind: 'opened', row: packRow({ ...row, type: 'direct', peer: author }) } };
    end.open();
    expect(await opening).toBe(group);
  });

  test('[SDK-34] who asks is refused at once when the attempt fails', async () => {
    const end = new FarEnd();
    const started = await start(end);
    const opening = started.openDirect(author.id);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.fail();
    const opened = await opening;
    expect(isRefused(opened) && opened.refused).toBe('unreachable');
    expect(end.asked).toEqual([]);
  });

  test('[SDK-16] names who said what stands last in a group, though nobody looks into it', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const started = await start(end);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await expect.poll(() => started.people.get().get(author.id)?.displayName).toBe('Ola');
    expect(started.conversations.get()[0]?.last?.author).toBe(author.id);
    expect(end.asked.filter((kind) => kind === 'ask_people')).toHaveLength(1);
  });

  test('[SDK-74] a look into a conversation that found no connection fills once there is one', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const started = await start(end);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    // The list is the same when it is back: nothing else makes the view look again.
    end.answers.sync = synced([]);
    end.fail();
    await expect.poll(() => started.status.get().connection.state).toBe('waiting');
    const view = started.conversation(group);
    await expect.poll(() => view.timeline.get().problem?.refused).toBe('unreachable');
    end.answers.pull = {
      kind: 'range',
      conversation: group,
      fromSeq: 1,
      untilSeq: 4,
      previous: genesis,
      head: position(3),
      entries: noticesUpTo3,
    };
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await expect.poll(() => view.timeline.get().items.length).toBe(3);
    expect(view.timeline.get().problem).toBeNull();
  });

  test('[SDK-20] what another tab took before is sent before, though it was not told of', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const store = new MemoryStore();
    const silence: TabNet = { post: () => {}, subscribe: () => () => {}, lock: null, close: () => {} };
    const started = await start(end, { store, tabs: silence });
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    await putSilently(store, 'of another tab');
    expect(await started.conversation(group).send('of this tab')).toBe(2);
    await expect.poll(() => end.numbers).toEqual([[1, 2]]);
  });

  test('[SDK-20] what a tab put into the outbox that died before it told of it goes with the next comparison', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const store = new MemoryStore();
    const started = await start(end, { store, tabs: new Channel().join() });
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    await putSilently(store, 'of a dead tab');
    end.fail();
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await expect.poll(() => end.numbers).toEqual([[1]]);
  });

  test('[SDK-24] of messages that were all made too long ago to tell, one look through the log is for all', async () => {
    const end = new FarEnd();
    let acknowledged = 0;
    const store = new MemoryStore();
    await store.transact(async (transaction) => {
      transaction.put('meta', 'device', idOf('5') as DeviceId);
      transaction.put('meta', 'me', me);
      for (const text of ['one', 'two', 'three']) {
        const made = await enqueue(transaction, { conversation: group, text, after: genesis, at: nodeEnvironment.now() });
        if (isRefused(made)) throw new Error(made.sentence);
        putAll(transaction, made.changes);
      }
    });
    end.answers = {
      hello: welcome,
      sync: synced([row]),
      ask_people: { kind: 'people', people: [author] },
      pull: { kind: 'range', conversation: group, fromSeq: 1, untilSeq: 4, previous: genesis, head: position(3), entries: noticesUpTo3 },
      send: ({ operations = [] }) => {
        const place = operations.findIndex(({ after }) => after.seq < 3);
        const results = operations.map(({ n }, index) =>
          index < place || place < 0
            ? { n, seq: 3 + n }
            : { n, error: index === place ? 'resync' : 'held_back', retryable: true, retryAfterMs: 1 },
        );
        acknowledged += place < 0 ? operations.length : place;
        return { kind: 'sent', conversation: group, results };
      },
    };
    const started = await start(end, { store });
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    await expect.poll(() => acknowledged).toBe(3);
    expect(end.numbers).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });
});

/** Tabs of one browser, as far as they hear each other. */
class Channel {
  readonly #ears = new Map<object, (message: unknown) => void>();

  join(): TabNet {
    const own = {};
    return {
      post: (message) => {
        for (const [tab, ear] of this.#ears) if (tab !== own) setImmediate(() => this.#ears.has(tab) && ear(structuredClone(message)));
      },
      subscribe: (listener) => {
        this.#ears.set(own, listener);
        return () => void this.#ears.delete(own);
      },
      lock: null,
      close: () => void this.#ears.delete(own),
    };
  }
}

/** A store that others share, and through which one tab writes nothing while it is slow. */
class SlowStore extends MemoryStore {
  #isSlow = false;
  readonly #waiting: (() => void)[] = [];
  readonly #shared: MemoryStore;

  constructor(shared: MemoryStore) {
    super();
    this.#shared = shared;
  }

  slowDown(): void {
    this.#isSlow = true;
  }

  goOn(): void {
    this.#isSlow = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  override async transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    if (this.#isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#shared.transact(body);
  }
}

test('[SDK-61] a tab that opens while the leader’s store is slow shows what the leader shows', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
  const channel = new Channel();
  const shared = new MemoryStore();
  const slow = new SlowStore(shared);
  const leading = await start(end, { store: slow, tabs: channel.join() });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  slow.slowDown();
  end.open();
  await expect.poll(() => leading.people.get().get(author.id)?.displayName).toBe('Ola');
  const follower = await start(new FarEnd(), { store: shared, tabs: channel.join() });
  try {
    await expect.poll(() => follower.conversations.get().map(({ id }) => id)).toEqual([group]);
    await expect.poll(() => follower.people.get().get(author.id)?.displayName).toBe('Ola');
    expect(follower.status.get().role).toBe('follower');
  } finally {
    slow.goOn();
    await leading.close();
  }
});

test('[SDK-20] what a tab put into the outbox that died before it told of it goes once a tab opens and finds it', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
  const channel = new Channel();
  const store = new MemoryStore();
  const leading = await start(end, { store, tabs: channel.join() });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await leading.whenSynced();
  await putSilently(store, 'of a dead tab');
  await start(new FarEnd(), { store, tabs: channel.join() });
  try {
    await expect.poll(() => end.numbers).toEqual([[1]]);
  } finally {
    await leading.close();
  }
});

describe('a browser whose store is new', () => {
  /** @param answer to the renewal; null where the server cannot be reached */
  async function startAnew(hint: LoginId | null, answer: 'tokens' | 'refused' | null) {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([]) };
    const asked: string[] = [];
    let held = hint;
    const answers = {
      tokens: { status: 200, body: { person, login, accessToken: 'token', expiresInMs: 600_000 } },
      refused: { status: 401, body: { type: 'about:blank', title: 'no', status: 401, code: 'refresh_refused', retryable: false } },
    };
    const loginHint = {
      load: () => held,
      forget: () => {
        held = null;
      },
    };
    const exchange: Platform['exchange'] = async ({ url, body }) => {
      asked.push(`${new URL(url).pathname} ${body}`);
      if (answer === null) throw new Error('no network');
      return { status: answers[answer].status, retryAfterMs: null, text: JSON.stringify(answers[answer].body) };
    };
    const platform: Platform = {
      environment: nodeEnvironment,
      connect: end.connect,
      exchange,
      download: downloadOver(exchange),
      signals: { isVisible: () => true, subscribe: () => () => {} },
      tabs: null,
      credentials: null,
      loginHint,
    };
    client = await createClient({
      platform,
      store: new MemoryStore(),
      limits: usualClientLimits,
      url: 'http://parlour.example',
      label: 'test',
    });
    return { started: client, end, asked, hint: () => held };
  }

  test('[SDK-54] and whose cookie is left is logged in without being asked, and goes on', async () => {
    const { started, end, asked } = await startAnew(login, 'tokens');
    await expect.poll(() => started.me.get()).toEqual(me);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    expect(started.status.get()).toMatchObject({ auth: 'in', connection: { state: 'online' } });
    expect(asked).toEqual([`/v1/tokens ${JSON.stringify({ login })}`]);
  });

  test.each([
    { hint: null, answer: 'tokens', left: null, requests: 0 },
    { hint: login, answer: 'refused', left: null, requests: 1 },
    { hint: login, answer: null, left: login, requests: 1 },
  ] as const)(
    '[SDK-54] and whose cookie is gone, over, or out of reach waits for a log-in: %o',
    async ({ hint, answer, left, requests }) => {
      const { started, asked, hint: held } = await startAnew(hint, answer);
      await expect.poll(() => started.status.get().auth).toBe('out');
      expect(started.me.get()).toBeNull();
      expect(asked).toHaveLength(requests);
      expect(held()).toBe(left);
    },
  );
});
