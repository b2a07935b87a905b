import { genesis } from '@parlour/core/conversation-log/entry';
import type { DeviceId, LoginId } from '@parlour/core/ids';
import { packRow } from '@parlour/protocol/packed-row';
import { describe, expect, onTestFinished, test } from 'vitest';
import { usualClientLimits } from './client-limits.ts';
import { createClient } from './create-client.ts';
import { author, FarEnd, group, idOf, login, me, noticesUpTo3, person, position, row, start, synced, welcome } from './far-end.contract.ts';
import { MemoryStore } from './memory-store.ts';
import { nodeEnvironment } from './node-environment.ts';
import { enqueue } from './outbox.ts';
import type { Platform, TabNet } from './platform.ts';
import { isRefused } from './refusal.ts';
import { StoreFull, type StoreTransaction } from './store.ts';
import { putAll } from './store-writer.ts';
import { downloadOver } from './whole-download.ts';

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

  test('[SDK-16] a group that an older program has kept is looked up, for what that one did not keep of it', async () => {
    const end = new FarEnd();
    const store = new MemoryStore();
    const { group: standing, ...older } = row;
    await store.transact(async (transaction) => {
      transaction.put('rows', row.conversation, { ...older, wish: null });
      transaction.put('tails', row.conversation, { before: row.head, position: row.head });
    });
    end.answers = {
      hello: welcome,
      sync: synced([]),
      look_up: { kind: 'listed', rows: [packRow(row)], more: false },
      ask_people: { kind: 'people', people: [author] },
    };
    const client = await start(end, { store });
    await expect.poll(() => end.isWaitedFor).toBe(true);
    expect(client.conversations.get().map((summary) => summary.group)).toEqual([null]);
    end.open();
    await expect.poll(() => client.conversations.get().map((summary) => summary.group)).toEqual([standing]);
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

  test('[SDK-12] whoever is added is looked up, again where the server was busy: only it knows how far they had read before', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const started = await start(end);
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    end.answers.look_up = { kind: 'error', code: 'too_busy', sentence: 'cannot: busy', retryable: true, retryAfterMs: 10 };
    const added = { ...noticesUpTo3[2], kind: 'add', seq: 4, n: 4, body: { person: idOf('7'), role: 'member' } };
    end.say({ kind: 'entries', conversation: group, previous: position(3), entries: [added], memberSeq: 4 });
    await expect.poll(() => end.asked.filter((kind) => kind === 'look_up').length).toBeGreaterThan(1);
    end.answers.look_up = { kind: 'listed', rows: [packRow({ ...row, head: position(4), title: 'as the server has it' })], more: false };
    await expect.poll(() => started.conversations.get()[0]?.title).toBe('as the server has it');
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

  test('[SDK-20] a message is shown at once and told from one that is durable; one that could not be kept is shown no more', async () => {
    const end = new FarEnd();
    end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
    const store = new MemoryStore();
    const started = await start(end, { store });
    await expect.poll(() => end.isWaitedFor).toBe(true);
    end.open();
    await started.whenSynced();
    const view = started.conversation(group);
    await expect.poll(() => view.timeline.get().state).toBe('ready');
    const sending = view.send('hello');
    const [shown] = view.timeline.get().pending;
    expect(shown).toMatchObject({ text: 'hello', state: 'keeping' });
    expect(await sending).toBe(shown?.n);
    expect(view.timeline.get().pending).toEqual([{ ...shown, state: expect.stringMatching(/queued|sending/) }]);

    store.transact = () => Promise.reject(new StoreFull('the device has no room'));
    const refusing = view.send('more');
    expect(view.timeline.get().pending.map(({ text }) => text)).toEqual(['hello', 'more']);
    expect(await refusing).toMatchObject({ refused: 'storage_full' });
    expect(view.timeline.get().pending.map(({ text }) => text)).toEqual(['hello']);
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

  /** What comes from here on, before what waits. */
  letPass(): void {
    this.#isSlow = false;
  }

  goOn(): void {
    this.letPass();
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

/** Of a tab that the browser has put to sleep: what it is told waits until it wakes. */
class SleepingNet implements TabNet {
  readonly lock = null;
  readonly #net: TabNet;
  readonly #waiting: unknown[] = [];
  #ear: (message: unknown) => void = () => {};
  #isAsleep = false;

  constructor(net: TabNet) {
    this.#net = net;
  }

  post(message: unknown): void {
    if (!this.#isAsleep) this.#net.post(message);
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#ear = listener;
    return this.#net.subscribe((message) => (this.#isAsleep ? void this.#waiting.push(message) : listener(message)));
  }

  close(): void {
    this.#net.close();
  }

  sleep(): void {
    this.#isAsleep = true;
  }

  wake(): void {
    this.#isAsleep = false;
    for (const message of this.#waiting.splice(0)) this.#ear(message);
  }
}

test('[SDK-61] a leading tab that was replaced in its sleep shows what the next leader shows, whose store is slow', async () => {
  const channel = new Channel();
  const shared = new MemoryStore();
  const [own, next] = [new SlowStore(shared), new SlowStore(shared)];
  const net = new SleepingNet(channel.join());
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([row]), ask_people: { kind: 'people', people: [author] } };
  const sleeper = await start(end, { store: own, tabs: net });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await sleeper.whenSynced();
  const otherEnd = new FarEnd();
  const renamed = { ...row, title: 'renamed', ord: 3 as never };
  otherEnd.answers = { hello: welcome, sync: synced([renamed]), ask_people: { kind: 'people', people: [author] } };
  const other = await start(otherEnd, { store: next, tabs: channel.join() });
  try {
    // It is about to write when it falls asleep.
    own.slowDown();
    sleeper.conversation(group).markRead(2 as never);
    net.sleep();
    await other.conversation(group).send('is anybody there?');
    await expect.poll(() => other.status.get().role).toBe('leader');
    await expect.poll(() => otherEnd.isWaitedFor).toBe(true);
    next.slowDown();
    otherEnd.open();
    await expect.poll(() => other.conversations.get()[0]?.title).toBe('renamed');
    own.letPass();
    net.wake();
    await expect.poll(() => sleeper.conversations.get()[0]?.title).toBe('renamed');
    const shown: unknown[] = [];
    sleeper.conversations.subscribe(() => shown.push(sleeper.conversations.get()[0]?.title));
    // Its own last write is refused; then it reads what is there now. What it asks the leader meanwhile is answered in its turn.
    own.goOn();
    for (let asked = 0; asked < 50; asked += 1) await sleeper.whenSynced();
    expect(new Set([...shown, sleeper.conversations.get()[0]?.title])).toEqual(new Set(['renamed']));
  } finally {
    next.goOn();
    await other.close();
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
      followsGateways: false,
      environment: nodeEnvironment,
      connect: end.connect,
      exchange,
      download: downloadOver(exchange),
      signals: { isVisible: () => true, subscribe: () => () => {} },
      tabs: null,
      credentials: null,
      loginHint,
    };
    const client = await createClient({
      platform,
      store: new MemoryStore(),
      limits: usualClientLimits,
      url: 'http://parlour.example',
      label: 'test',
    });
    onTestFinished(() => client.close());
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
