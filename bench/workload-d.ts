import { limits } from '@parlour/core/limits';
import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, percentile, type Result, result, sortedNumbers } from './measure.ts';
import type { SeededPerson } from './seeded-folder.ts';
import { sizes } from './sizes.ts';
import { type Mode, SystemUnderTest } from './system-under-test.ts';

const { returningWarmUpClients: warmUpCount, returningClients: clientCount } = sizes;
const missedCount = 20;
const atOnce = 100;

/** Everyone comes back at once, and each has missed twenty messages: log in, compare, pull. */
export async function workloadD(mode: Mode = 'embedded'): Promise<Result[]> {
  const conversations: string[] = [];
  await using system = await SystemUnderTest.start(mode, clientCount, async (seeder) => {
    for (let index = 0; index < clientCount; index += 2) {
      const [one, other] = seeder.people.slice(index, index + 2) as [SeededPerson, SeededPerson];
      const lines = Array.from({ length: missedCount * 2 }, (_, line) => ({
        kind: 'message' as const,
        author: (line % 2 ? one : other).id,
        body: { text: `line ${line}` },
      }));
      conversations.push(await seeder.createDirect(one, other, lines));
    }
  });
  const timesMs: number[] = [];
  const comeBack = async (index: number): Promise<void> => {
    const conversation = conversations[Math.floor(index / 2)] as string;
    const startedAt = performance.now();
    const client = new BenchClient(system.people[index] as SeededPerson);
    await client.connect(system.portOf(index));
    // What it holds ends twenty messages before the head, so its sums are other than the server's.
    const { rows } = await client.request({ kind: 'sync', digest: new Array(limits.digestGroupCount).fill(1), registersVer: 0 }, 'synced');
    const row = rows.find((each) => each.conversation === conversation);
    if (!row) throw new BrokenPromise('the conversation is not in the sync');
    const fromSeq = row.head.seq - missedCount + 1;
    const range = await client.request(
      { kind: 'pull', conversation, fromSeq, untilSeq: row.head.seq + 1, end: 'first', limit: missedCount },
      'range',
    );
    if (range.entries.length !== missedCount || range.entries.some((entry, index) => entry.seq !== fromSeq + index))
      throw new BrokenPromise('a hole in what was missed');
    timesMs.push(performance.now() - startedAt);
    client.end();
  };
  const run = async (from: number, until: number): Promise<void> => {
    let next = from;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < until; index = next++) await comeBack(index);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
  await run(0, warmUpCount);
  timesMs.length = 0;
  const cpuBefore = system.cpuSeconds();
  const generator = new GeneratorLoad();
  await run(warmUpCount, clientCount);
  const cpu = system.cpuSeconds() - cpuBefore;
  return [
    result('D reconnect', 'cost of a client', 'CPU ms', (cpu * 1e3) / (clientCount - warmUpCount), { must: 0.3, aim: 0.12 }),
    result('D reconnect', 'until it has all, p99', 'ms', percentile(sortedNumbers(timesMs), 0.99)),
    result('D reconnect', 'generator, share of its core', '', generator.share()),
  ];
}
