import { BenchClient } from './bench-client.ts';
import { type Result, result } from './measure.ts';
import { sizes } from './sizes.ts';
import { type Mode, SystemUnderTest } from './system-under-test.ts';

const { idleWarmUpClients: warmUpCount, idleClients: clientCount, settleRounds } = sizes;

/** Idle and logged in: what a connection keeps in memory. */
export async function workloadC(mode: Mode = 'embedded'): Promise<Result[]> {
  await using system = await SystemUnderTest.start(mode, warmUpCount + clientCount, async () => {});
  const clients: BenchClient[] = [];
  const connect = async (from: number, until: number): Promise<void> => {
    for (const [index, person] of system.people.slice(from, until).entries()) {
      const client = new BenchClient(person);
      await client.connect(system.portOf(index));
      clients.push(client);
    }
  };
  await connect(0, warmUpCount);
  const before = await settledMemory(system);
  await connect(warmUpCount, warmUpCount + clientCount);
  const after = await settledMemory(system);
  for (const client of clients) client.end();
  return [result('C idle', 'memory of a connection', 'kB', (after - before) / clientCount / 1_000, { must: 15, aim: 12 })];
}

/** Memory is read when it has stopped moving: garbage is not what a connection keeps. */
async function settledMemory(system: SystemUnderTest): Promise<number> {
  let held = system.memoryBytes();
  for (let round = 0; round < settleRounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = system.memoryBytes();
    if (round > 5 && Math.abs(now - held) < 300_000) return now;
    held = now;
  }
  return held;
}
