import { expect, test } from 'vitest';
import { BenchClient } from '../bench/bench-client.ts';
import { seedFolder } from '../bench/seeded-folder.ts';
import { ParlourProcess } from './parlour-process.ts';
import { type Syscall, Syscalls, whyNoSyscalls } from './syscalls.ts';

const obstacle = whyNoSyscalls();
if (obstacle !== null) console.log(`left out: a sync before each acknowledgement, because ${obstacle}`);

const calls = 'read,recvfrom,recvmsg,pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg';
const arrivals = new Set(['read', 'recvfrom', 'recvmsg']);
const departures = new Set(['write', 'writev', 'sendto', 'sendmsg']);
const isOfWal = ({ text }: Syscall) => /^\d+<[^>]*parlour\.db-wal>/.test(text);
const isOfSocket = ({ text }: Syscall) => /^\d+<(socket|TCP|TCPv6)[:>]/.test(text);
const isSync = (call: Syscall) => (call.name === 'fdatasync' || call.name === 'fsync') && isOfWal(call) && call.result === '0';
const isWalWrite = (call: Syscall) => call.name.startsWith('pwrite') && isOfWal(call);

type Talk = { readonly sender: BenchClient; readonly receiver: BenchClient; readonly conversations: readonly string[] };

/** What the server did while two devices talked, one of them to the other. The generator masks its frames with zeros, so a trace shows their text. */
async function traceTalk(conversationCount: number, talk: (clients: Talk) => Promise<void>): Promise<readonly Syscall[]> {
  const conversations: string[] = [];
  await using folder = await seedFolder(2, async (seeder) => {
    for (let index = 0; index < conversationCount; index++) conversations.push(await seeder.createGroup(`Group ${index}`, seeder.people));
  });
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env: { PARLOUR_LOG_LEVEL: 'warn' } });
  const [sender, receiver] = folder.people.map((person) => new BenchClient(person));
  if (!sender || !receiver) throw new Error('two people were seeded');
  for (const client of [sender, receiver]) {
    await client.connect(server.port);
    for (const conversation of conversations) await client.follow(conversation);
  }
  await using watch = await Syscalls.attach(server.pid, { calls });
  await talk({ sender, receiver, conversations });
  // A call whose effect is seen may still be under way, and one that is cut off by letting go is not in the trace.
  for (const client of [sender, receiver]) await client.request({ kind: 'ping' }, 'pong');
  const trace = await watch.detach();
  sender.end();
  receiver.end();
  return trace;
}

/**
 * The way of one message through the server: its arrival, the last write of the database's log before it was acknowledged, the sync of that
 * log, the acknowledgement, and the first frame that told its text.
 */
function wayOf(trace: readonly Syscall[], { text, conversation }: { text: string; conversation: string }) {
  const quoted = `\\"text\\":\\"${text}\\"`;
  const arrival = trace.find((call) => arrivals.has(call.name) && isOfSocket(call) && call.text.includes(quoted));
  const afterArrival = trace.filter(({ begin }) => arrival && begin > arrival.end);
  const sentFrame = new RegExp(`\\\\"kind\\\\":\\\\"sent\\\\"[^}]*\\\\"conversation\\\\":\\\\"${conversation}\\\\"`);
  const isDeparture = (call: Syscall) => departures.has(call.name) && isOfSocket(call);
  const acknowledgement = afterArrival.find((call) => isDeparture(call) && sentFrame.test(call.text));
  const told = afterArrival.find((call) => isDeparture(call) && call.text.includes(quoted));
  const written = afterArrival.findLast(
    (call) => isWalWrite(call) && call.text.includes(quoted) && acknowledgement && call.end < acknowledgement.begin,
  );
  const sync = trace.find((call) => isSync(call) && written && call.begin > written.end);
  return { arrival, written, sync, acknowledgement, told };
}

function expectSyncBetween(trace: readonly Syscall[], message: { text: string; conversation: string }): void {
  const { arrival, written, sync, acknowledgement, told } = wayOf(trace, message);
  if (!arrival || !written || !acknowledgement || !told) {
    const seen = Object.entries({ arrival, written, sync, acknowledgement, told }).filter(([, call]) => call);
    throw new Error(`of "${message.text}" the trace shows only ${seen.map(([step]) => step).join(', ')}`);
  }
  expect(sync, `a sync after "${message.text}" was written`).toBeDefined();
  expect(sync?.end, `the sync comes before "${message.text}" is acknowledged`).toBeLessThan(acknowledgement.begin);
  expect(sync?.end, `the sync comes before "${message.text}" is told to others`).toBeLessThan(told.begin);
}

test.skipIf(obstacle !== null)(
  'a sync of the disk, and one that succeeded, comes before each acknowledgement and before anybody is told',
  async () => {
    const messages: { text: string; conversation: string }[] = [];
    const trace = await traceTalk(1, async ({ sender, conversations: [conversation = ''] }) => {
      for (let index = 0; index < 25; index++) {
        messages.push({ text: `keep this, number ${index};`, conversation });
        await sender.send(conversation, [`keep this, number ${index};`]);
      }
    });
    // One after the other: each has an acknowledgement of its own, and so a sync of its own.
    for (const message of messages) expectSyncBetween(trace, message);
    const syncs = new Set(messages.map((message) => wayOf(trace, message).sync?.begin));
    expect(syncs.size).toBe(messages.length);
  },
);

test.skipIf(obstacle !== null)('messages that arrive in one turn share one sync', async () => {
  const messages: { text: string; conversation: string }[] = [];
  const trace = await traceTalk(24, async ({ sender, conversations }) => {
    await Promise.all(
      conversations.map((conversation, index) => {
        messages.push({ text: `all at once, number ${index};`, conversation });
        return sender.send(conversation, [`all at once, number ${index};`]);
      }),
    );
  });
  for (const message of messages) expectSyncBetween(trace, message);
  const syncs = new Set(messages.map((message) => wayOf(trace, message).sync?.begin));
  // The sender's own writes may reach the server in a few pieces.
  expect(syncs.size).toBeLessThanOrEqual(messages.length / 2);
});
