import type { DeviceId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { type DigestRow, syncDigestOf } from '@parlour/core/sync-digest';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import { nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { BenchClient, BrokenPromise } from './bench-client.ts';
import { type Result, result } from './measure.ts';
import type { SeededPerson, Seeder } from './seeded-folder.ts';
import { type Sizes, sizes } from './sizes.ts';
import { SystemUnderTest } from './system-under-test.ts';

async function seedConversations(seeder: Seeder, count: number, linesEach: number): Promise<void> {
  const [self, ...others] = seeder.people as [SeededPerson, ...SeededPerson[]];
  for (const other of others.slice(0, count)) {
    const lines = Array.from({ length: linesEach }, (_, index) => ({
      kind: 'message' as const,
      author: (index % 2 ? self : other).id,
      body: { text: `Line ${index} of many in this conversation.` },
    }));
    await seeder.createDirect(self, other, lines);
  }
}

function digestOf(rows: readonly UnpackedRow[]): readonly number[] {
  return syncDigestOf(
    rows.map(
      (row): DigestRow => ({
        conversation: row.conversation,
        headSeq: row.head.seq,
        headChain: row.head.chain,
        readSeq: row.readSeq,
        receiptsSum: row.receipts.reduce((sum, { readSeq, receivedSeq }) => sum + readSeq + receivedSeq, 0),
      }),
    ),
  );
}

/** Syncs of one socket that its rate lets through at once: the first ones are the server's warm-up, as it would be after its first minute. */
const warmUpSyncs = 2;
const measuredSyncs = 3;
const inFlight = 8;

/** A sync in which nothing differs: what each return to the app costs. They come from many sockets, as syncs are rare on one. */
async function syncCost({ conversations: conversationCount, sockets: socketCount }: Sizes['fewConversations']): Promise<number> {
  await using system = await SystemUnderTest.start('embedded', conversationCount + 1, (seeder) =>
    seedConversations(seeder, conversationCount, 1),
  );
  const [self] = system.people as readonly [SeededPerson];
  const clients = await Promise.all(
    Array.from({ length: socketCount }, async () => {
      const client = new BenchClient({ ...self, device: nodeEnvironment.id() as DeviceId });
      await client.connect(system.portOf(0));
      return client;
    }),
  );
  const [first] = clients as [BenchClient];
  const { rows } = await first.request({ kind: 'sync', digest: new Array(limits.digestGroupCount).fill(1), registersVer: 0 }, 'synced');
  const digest = digestOf(rows);
  const syncAll = async (rounds: number): Promise<void> => {
    const due = Array.from({ length: rounds }, () => clients.slice(1)).flat();
    const worker = async (): Promise<void> => {
      for (let client = due.pop(); client; client = due.pop()) {
        const answer = await client.request({ kind: 'sync', digest, registersVer: 0 }, 'synced');
        if (answer.groups.length > 0) throw new BrokenPromise('a sync of equal states found a difference');
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  };
  await syncAll(warmUpSyncs);
  const cpuBefore = system.cpuSeconds();
  await syncAll(measuredSyncs);
  const cpu = system.cpuSeconds() - cpuBefore;
  for (const client of clients) client.end();
  return (cpu * 1e3) / (socketCount - 1) / measuredSyncs;
}

/** A new device of a person with 1,000 conversations: the list first, then the rest of the list, then the newest messages of the first screen. */
async function firstSync(): Promise<{ listMs: number; listBytes: number; bytes: number }> {
  const conversationCount = sizes.newDeviceConversations;
  await using system = await SystemUnderTest.start('embedded', conversationCount + 1, (seeder) =>
    seedConversations(seeder, conversationCount, 40),
  );
  const client = new BenchClient(system.people[0] as SeededPerson);
  const startedAt = performance.now();
  await client.connect(system.portOf(0));
  const { rows } = await client.request({ kind: 'sync', digest: new Array(limits.digestGroupCount).fill(0), registersVer: 0 }, 'synced');
  const listMs = performance.now() - startedAt;
  const listBytes = client.receivedBytes;
  let last = rows.toSorted((one, other) => other.activity - one.activity).at(-1);
  let more = true;
  let count = rows.length;
  while (more && last) {
    const page = await client.request(
      { kind: 'list', before: { activity: last.activity, conversation: last.conversation }, limit: 256 },
      'listed',
    );
    count += page.rows.length;
    more = page.more;
    last = page.rows.at(-1);
  }
  if (count < conversationCount) throw new BrokenPromise(`${count} of ${conversationCount} conversations came`);
  const bytes = client.receivedBytes;
  client.end();
  return { listMs, listBytes, bytes };
}

const syncName = ({ conversations }: Sizes['fewConversations']) => `sync of ${conversations.toLocaleString('en')}`;
const deviceCount = sizes.newDeviceConversations.toLocaleString('en');

export async function workloadSync(): Promise<Result[]> {
  const few = await syncCost(sizes.fewConversations);
  const many = await syncCost(sizes.manyConversations);
  const fresh = await firstSync();
  return [
    result(syncName(sizes.fewConversations), 'cost, nothing differs', 'CPU ms', few, { must: 0.1 }),
    result(syncName(sizes.manyConversations), 'cost, nothing differs', 'CPU ms', many, { must: 20 }),
    result('a new device', `list of the 256 most recent of ${deviceCount}`, 'ms', fresh.listMs, { must: 1_000 }),
    result('a new device', 'until the list is there', 'kB', fresh.listBytes / 1_000),
    result('a new device', `all ${deviceCount} rows`, 'kB', fresh.bytes / 1_000, { must: 300 }),
  ];
}
