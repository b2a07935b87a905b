import type { DeviceId } from '@parlour/core/ids';
import { nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, sortedNumbers } from './measure.ts';
import type { SeededPerson, Seeder, SeedLine } from './seeded-folder.ts';
import { sizes } from './sizes.ts';
import { type CpuSeconds, type Mode, SystemUnderTest } from './system-under-test.ts';

/** Who talks in how many conversations at once; in each one of them writes. */
export type Shape = {
  readonly conversations: number;
  /** Of each; two are a direct conversation. */
  readonly members?: number;
  /** Of the members; all where not given. */
  readonly online?: number;
  /** Of each who is online. */
  readonly devices?: number;
  /** In all conversations together, before it begins. */
  readonly storedMessages?: number;
};

type Talk = { readonly conversation: string; readonly from: BenchClient; readonly others: readonly BenchClient[]; sent: number };

const { warmUpMs, measureMs } = sizes;
const text = 'It looks like rain again; shall we meet at the station café, or would you rather come over to ours at half past seven?';

async function withTalks<Value>(
  { conversations, members = 2, online = members, devices = 1, storedMessages = 0 }: Shape,
  mode: Mode,
  work: (talks: readonly Talk[], system: SystemUnderTest) => Promise<Value>,
): Promise<Value> {
  const ids: string[] = [];
  const membersOf = (people: readonly SeededPerson[], index: number) => people.slice(index * members, (index + 1) * members);
  await using system = await SystemUnderTest.start(mode, conversations * members, async (seeder) => {
    for (let index = 0; index < conversations; index++) {
      const lines = storedLines(membersOf(seeder.people, index), Math.floor(storedMessages / conversations));
      ids.push(await createConversation(seeder, membersOf(seeder.people, index), lines));
    }
  });
  let clientCount = 0;
  const clients: BenchClient[] = [];
  const connect = async (person: SeededPerson, device: number, conversation: string): Promise<BenchClient> => {
    const client = new BenchClient(device === 0 ? person : { ...person, device: nodeEnvironment.id() as DeviceId });
    clients.push(client);
    await client.connect(system.portOf(clientCount++));
    await client.follow(conversation);
    return client;
  };
  try {
    const talks: Talk[] = [];
    for (const [index, conversation] of ids.entries()) {
      const connected: BenchClient[] = [];
      for (const person of membersOf(system.people, index).slice(0, online))
        for (let device = 0; device < devices; device++) connected.push(await connect(person, device, conversation));
      const [from, ...others] = connected as [BenchClient, ...BenchClient[]];
      talks.push({ conversation, from, others, sent: 0 });
    }
    return await work(talks, system);
  } finally {
    for (const client of clients) client.end();
  }
}

async function createConversation(seeder: Seeder, members: readonly SeededPerson[], lines: Iterable<SeedLine>): Promise<string> {
  const [one, other, ...more] = members as [SeededPerson, SeededPerson, ...SeededPerson[]];
  return more.length === 0 ? seeder.createDirect(one, other, lines) : seeder.createGroup('Everyone', members, lines);
}

function* storedLines(members: readonly SeededPerson[], count: number): Iterable<SeedLine> {
  for (let index = 0; index < count; index++)
    yield { kind: 'message', author: (members[index % members.length] as SeededPerson).id, body: { text: `${index} ${text}` } };
}

/** Every message acknowledged reached everyone, once and in order; the order is checked at each run that arrives. */
async function checkReceived(talks: readonly Talk[]): Promise<void> {
  const all = talks.flatMap((talk) => [talk.from, ...talk.others].map((client) => ({ client, sent: talk.sent })));
  const pings = () => Promise.all(all.map(({ client }) => client.request({ kind: 'ping' }, 'pong')));
  // What goes over a bus may still be under way when the server is asked.
  const giveUpAt = performance.now() + deliveryMs;
  do await pings();
  while (all.some(({ client, sent }) => client.receivedEntries < sent) && performance.now() < giveUpAt);
  for (const { client, sent } of all)
    if (client.receivedEntries !== sent) throw new BrokenPromise(`${sent} sent, ${client.receivedEntries} received`);
}

const deliveryMs = 10_000;

export type Load = {
  /** Messages, of the CPU of all that serves. */
  readonly perCpuSecond: number;
  /** Messages, of the servers' CPU. */
  readonly perServerCpuSecond: number;
  /** CPU of a message. */
  readonly costUs: { readonly servers: number; readonly database: number; readonly bus: number };
  readonly perSecond: number;
  readonly latenciesMs: number[];
  readonly generatorShare: number;
  readonly messagesPerCommit: number;
  readonly longestStallMs: number;
  /** On disk before it began, in bytes. */
  readonly seededBytes: number;
};

/** Closed loop: each conversation has `inFlight` messages under way, sent as they gather. With receipts, the readers mark as the product does: at most once a second. */
export async function closedLoop(
  shape: Shape,
  { inFlight, receipts = false, mode = 'embedded' }: { readonly inFlight: number; readonly receipts?: boolean; readonly mode?: Mode },
): Promise<Load> {
  return withTalks(shape, mode, async (talks, system) => {
    const latenciesMs: number[] = [];
    let isMeasuring = false;
    let isOver = false;
    let count = 0;
    const run = async (talk: Talk): Promise<void> => {
      while (!isOver) {
        const startedAt = performance.now();
        const texts = Array.from({ length: inFlight }, () => text);
        await talk.from.send(talk.conversation, texts);
        talk.sent += inFlight;
        if (!isMeasuring) continue;
        count += inFlight;
        latenciesMs.push(performance.now() - startedAt);
      }
    };
    const marking = receipts ? startMarking(talks) : null;
    const all = Promise.all(talks.map(run));
    await Promise.race([pause(warmUpMs), all]);
    isMeasuring = true;
    const generator = new GeneratorLoad();
    const cpuBefore = system.cpu();
    const startedAt = performance.now();
    await Promise.race([pause(measureMs), all]);
    const cpu = spent(cpuBefore, system.cpu());
    const seconds = (performance.now() - startedAt) / 1_000;
    const generatorShare = generator.share();
    isMeasuring = false;
    isOver = true;
    await all;
    if (marking) clearInterval(marking);
    await checkReceived(talks);
    return {
      ...costOf(count, cpu),
      perSecond: count / seconds,
      latenciesMs: sortedNumbers(latenciesMs),
      generatorShare,
      ...(await countsOf(system)),
    };
  });
}

function spent(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return { servers: after.servers - before.servers, database: after.database - before.database, bus: after.bus - before.bus };
}

function costOf(count: number, { servers, database, bus }: CpuSeconds): Pick<Load, 'perCpuSecond' | 'perServerCpuSecond' | 'costUs'> {
  const us = (seconds: number) => (seconds * 1e6) / count;
  return {
    perCpuSecond: count / (servers + database + bus),
    perServerCpuSecond: count / servers,
    costUs: { servers: us(servers), database: us(database), bus: us(bus) },
  };
}

/** Over the whole run: how many messages shared a sync to disk, and how long a serving thread was held up at most. */
async function countsOf(system: SystemUnderTest): Promise<Pick<Load, 'messagesPerCommit' | 'longestStallMs' | 'seededBytes'>> {
  const total = async (name: `parlour_${string}`) => (await system.metrics(name)).reduce((sum, each) => sum + each, 0);
  return {
    messagesPerCommit: (await total('parlour_entries_total')) / (await total('parlour_commits_total')),
    longestStallMs: Math.max(...(await system.metrics('parlour_stall_max_seconds'))) * 1_000,
    seededBytes: system.seededBytes,
  };
}

function startMarking(talks: readonly Talk[]): NodeJS.Timeout {
  return setInterval(() => {
    for (const { others, conversation } of talks) {
      for (const reader of others) {
        const seq = reader.heads.get(conversation)?.seq ?? 0;
        reader.tell({ kind: 'mark', conversation, readSeq: seq, receivedSeq: seq });
      }
    }
  }, 1_000);
}

/** Open loop, of eight pairs: messages are due at fixed times whatever the server does, and their time counts from then. */
export async function openLoop(
  perSecond: number,
  {
    mode = 'embedded',
    beside = () => nothing,
  }: { readonly mode?: Mode; readonly beside?: (system: SystemUnderTest) => AsyncDisposable } = {},
): Promise<Load> {
  return withTalks({ conversations: 8 }, mode, async (talks, system) => {
    await using _ = beside(system);
    const latenciesMs: number[] = [];
    const waiting = talks.map(() => [] as number[]);
    const busy = talks.map(() => false);
    const drain = async (index: number): Promise<void> => {
      const talk = talks[index] as Talk;
      const due = waiting[index] as number[];
      busy[index] = true;
      while (due.length > 0) {
        const batch = due.splice(0, 64);
        const texts = batch.map(() => text);
        await talk.from.send(talk.conversation, texts);
        talk.sent += batch.length;
        const now = performance.now();
        for (const dueAt of batch) latenciesMs.push(now - dueAt);
      }
      busy[index] = false;
    };
    const cpuBefore = system.cpu();
    const generator = new GeneratorLoad();
    const startedAt = performance.now();
    let made = 0;
    while (performance.now() - startedAt < warmUpMs + measureMs) {
      const owed = Math.floor(((performance.now() - startedAt) * perSecond) / 1_000);
      for (; made < owed; made++) {
        const index = made % talks.length;
        (waiting[index] as number[]).push(startedAt + (made * 1_000) / perSecond);
        if (!busy[index]) void drain(index);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (busy.includes(true)) await new Promise((resolve) => setImmediate(resolve));
    const generatorShare = generator.share();
    const cpu = spent(cpuBefore, system.cpu());
    await checkReceived(talks);
    const steady = latenciesMs.slice(Math.floor((latenciesMs.length * warmUpMs) / (warmUpMs + measureMs)));
    return { ...costOf(made, cpu), perSecond, latenciesMs: sortedNumbers(steady), generatorShare, ...(await countsOf(system)) };
  });
}

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
