import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, sortedNumbers } from './measure.ts';
import { type SeededPerson, seedFolder } from './seeded-folder.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { sizes } from './sizes.ts';

type Pair = { readonly from: BenchClient; readonly to: BenchClient; readonly conversation: string; sent: number };

/** A database that is to keep everything, and what all of its server has worked so far. */
export type PostgresUnderTest = { readonly url: string; readonly cpuSeconds: () => number };

const { warmUpMs, measureMs } = sizes;
const text = 'It looks like rain again; shall we meet at the station café, or would you rather come over to ours at half past seven?';

async function withPairs<Value>(
  pairCount: number,
  work: (pairs: readonly Pair[], server: ServerUnderTest) => Promise<Value>,
  postgres: PostgresUnderTest | null = null,
): Promise<Value> {
  const postgresUrl = postgres?.url;
  const conversations: string[] = [];
  await using folder = await seedFolder(
    pairCount * 2,
    async (seeder) => {
      for (let index = 0; index < pairCount; index++) {
        const [one, other] = seeder.people.slice(index * 2, index * 2 + 2) as [SeededPerson, SeededPerson];
        conversations.push(await seeder.createDirect(one, other));
      }
    },
    { postgresUrl },
  );
  const settings = postgresUrl === undefined ? {} : { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgresUrl };
  await using server = await ServerUnderTest.start(folder.path, settings);
  const clients = folder.people.map((person) => new BenchClient(person));
  const pairs = conversations.map((conversation, index) => ({
    from: clients[index * 2] as BenchClient,
    to: clients[index * 2 + 1] as BenchClient,
    conversation,
    sent: 0,
  }));
  for (const { from, to, conversation } of pairs) {
    await Promise.all([from.connect(server.port), to.connect(server.port)]);
    await Promise.all([from.follow(conversation), to.follow(conversation)]);
  }
  try {
    return await work(pairs, server);
  } finally {
    for (const client of clients) client.end();
  }
}

/** Every message acknowledged reached the receiver, once and in order; the order is checked at each run that arrives. */
function checkReceived(pairs: readonly Pair[]): void {
  for (const { from, to, sent } of pairs) {
    if (to.receivedEntries !== sent || from.receivedEntries !== sent) {
      throw new BrokenPromise(`${sent} sent, ${from.receivedEntries} came back, ${to.receivedEntries} received`);
    }
  }
}

export type Load = {
  readonly perCpuSecond: number;
  /** Of the server's own, without a database that is a process beside it. */
  readonly perServerCpuSecond: number;
  readonly perSecond: number;
  readonly latenciesMs: number[];
  readonly generatorShare: number;
  readonly messagesPerCommit: number;
  readonly longestStallMs: number;
};

/** Closed loop: each pair has `inFlight` messages under way, sent as they gather. With receipts, the receiver marks as the product does: at most once a second. */
export async function closedLoop(
  pairCount: number,
  inFlight: number,
  receipts: boolean,
  postgres: PostgresUnderTest | null = null,
): Promise<Load> {
  return withPairs(
    pairCount,
    async (pairs, server) => {
      const latenciesMs: number[] = [];
      let isMeasuring = false;
      let isOver = false;
      let count = 0;
      const run = async (pair: Pair): Promise<void> => {
        while (!isOver) {
          const startedAt = performance.now();
          await pair.from.send(
            pair.conversation,
            Array.from({ length: inFlight }, () => text),
          );
          pair.sent += inFlight;
          if (!isMeasuring) continue;
          count += inFlight;
          latenciesMs.push(performance.now() - startedAt);
        }
      };
      const marking = receipts ? startMarking(pairs) : null;
      const runs = pairs.map(run);
      const all = Promise.all(runs);
      await Promise.race([pause(warmUpMs), all]);
      isMeasuring = true;
      const generator = new GeneratorLoad();
      const cpuBefore = server.cpuSeconds();
      const databaseCpuBefore = postgres?.cpuSeconds() ?? 0;
      const startedAt = performance.now();
      await Promise.race([pause(measureMs), all]);
      const cpu = server.cpuSeconds() - cpuBefore;
      const databaseCpu = (postgres?.cpuSeconds() ?? 0) - databaseCpuBefore;
      const seconds = (performance.now() - startedAt) / 1_000;
      const generatorShare = generator.share();
      isMeasuring = false;
      isOver = true;
      await all;
      if (marking) clearInterval(marking);
      await Promise.all(pairs.map(({ to }) => to.request({ kind: 'ping' }, 'pong')));
      checkReceived(pairs);
      return {
        perCpuSecond: count / (cpu + databaseCpu),
        perServerCpuSecond: count / cpu,
        perSecond: count / seconds,
        latenciesMs: sortedNumbers(latenciesMs),
        generatorShare,
        ...(await countsOf(server)),
      };
    },
    postgres,
  );
}

/** Over the whole run: how many messages shared a sync to disk, and how long the serving thread was held up at most. */
async function countsOf(server: ServerUnderTest): Promise<Pick<Load, 'messagesPerCommit' | 'longestStallMs'>> {
  const messagesPerCommit = (await server.metric('parlour_entries_total')) / (await server.metric('parlour_commits_total'));
  return { messagesPerCommit, longestStallMs: (await server.metric('parlour_stall_max_seconds')) * 1_000 };
}

function startMarking(pairs: readonly Pair[]): NodeJS.Timeout {
  return setInterval(() => {
    for (const { to, conversation } of pairs) {
      const seq = to.heads.get(conversation)?.seq ?? 0;
      to.tell({ kind: 'mark', conversation, readSeq: seq, receivedSeq: seq });
    }
  }, 1_000);
}

/** Open loop: messages are due at fixed times whatever the server does, and their time counts from then. */
export async function openLoop(perSecond: number, beside: (server: ServerUnderTest) => AsyncDisposable = () => nothing): Promise<Load> {
  return withPairs(8, async (pairs, server) => {
    await using _ = beside(server);
    const latenciesMs: number[] = [];
    const waiting = pairs.map(() => [] as number[]);
    const busy = pairs.map(() => false);
    const drain = async (index: number): Promise<void> => {
      const pair = pairs[index] as Pair;
      const due = waiting[index] as number[];
      busy[index] = true;
      while (due.length > 0) {
        const batch = due.splice(0, 64);
        await pair.from.send(
          pair.conversation,
          batch.map(() => text),
        );
        pair.sent += batch.length;
        const now = performance.now();
        for (const dueAt of batch) latenciesMs.push(now - dueAt);
      }
      busy[index] = false;
    };
    const cpuBefore = server.cpuSeconds();
    const generator = new GeneratorLoad();
    const startedAt = performance.now();
    let made = 0;
    while (performance.now() - startedAt < warmUpMs + measureMs) {
      const owed = Math.floor(((performance.now() - startedAt) * perSecond) / 1_000);
      for (; made < owed; made++) {
        const index = made % pairs.length;
        (waiting[index] as number[]).push(startedAt + (made * 1_000) / perSecond);
        if (!busy[index]) void drain(index);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (busy.includes(true)) await new Promise((resolve) => setImmediate(resolve));
    const generatorShare = generator.share();
    const cpu = server.cpuSeconds() - cpuBefore;
    await Promise.all(pairs.map(({ to }) => to.request({ kind: 'ping' }, 'pong')));
    checkReceived(pairs);
    const steady = latenciesMs.slice(Math.floor((latenciesMs.length * warmUpMs) / (warmUpMs + measureMs)));
    return {
      perCpuSecond: made / cpu,
      perServerCpuSecond: made / cpu,
      perSecond,
      latenciesMs: sortedNumbers(steady),
      generatorShare,
      ...(await countsOf(server)),
    };
  });
}

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
