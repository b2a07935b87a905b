import { BenchClient } from './bench-client.ts';
import { type Result, result } from './measure.ts';
import { seedFolder } from './seeded-folder.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { sizes } from './sizes.ts';

const { idleWarmUpClients: warmUpCount, idleClients: clientCount, settleRounds } = sizes;

/** Idle and logged in: what a connection keeps in memory. */
export async function workloadC(): Promise<Result[]> {
  await using folder = await seedFolder(warmUpCount + clientCount, async () => {});
  await using server = await ServerUnderTest.start(folder.path);
  const clients: BenchClient[] = [];
  const connect = async (from: number, until: number): Promise<void> => {
    for (const person of folder.people.slice(from, until)) {
      const client = new BenchClient(person);
      await client.connect(server.port);
      clients.push(client);
    }
  };
  await connect(0, warmUpCount);
  const before = await settledMemory(server);
  await connect(warmUpCount, warmUpCount + clientCount);
  const after = await settledMemory(server);
  for (const client of clients) client.end();
  return [result('C idle', 'memory of a connection', 'kB', (after - before) / clientCount / 1_000, { must: 15, aim: 12 })];
}

/** Memory is read when it has stopped moving: garbage is not what a connection keeps. */
async function settledMemory(server: ServerUnderTest): Promise<number> {
  let held = server.memoryBytes();
  for (let round = 0; round < settleRounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = server.memoryBytes();
    if (round > 5 && Math.abs(now - held) < 300_000) return now;
    held = now;
  }
  return held;
}
