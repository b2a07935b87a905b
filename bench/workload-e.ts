import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, percentile, type Result, result, sortedNumbers } from './measure.ts';
import type { SeededPerson } from './seeded-folder.ts';
import { sizes } from './sizes.ts';
import { type Mode, SystemUnderTest } from './system-under-test.ts';

const { historyMessages: messageCount, warmUpMs, measureMs } = sizes;
const pageSize = 50;
const inFlight = 8;
/** One for each server there may be. */
const peopleCount = 3;

/** History at any depth of a million. */
export async function workloadE(mode: Mode = 'embedded'): Promise<Result[]> {
  let conversation = '';
  await using system = await SystemUnderTest.start(mode, peopleCount, async (seeder) => {
    const [one, other] = seeder.people as [SeededPerson, SeededPerson];
    conversation = await seeder.createGroup('Old friends', seeder.people, linesOf(one, other));
  });
  const clients: BenchClient[] = [];
  for (const port of system.ports) {
    const client = new BenchClient(system.people[clients.length] as SeededPerson);
    await client.connect(port);
    clients.push(client);
  }
  let pages = 0;
  const timesMs: number[] = [];
  const read = async (client: BenchClient, deadline: number): Promise<void> => {
    while (performance.now() < deadline) {
      const startedAt = performance.now();
      const fromSeq = 1 + Math.floor(Math.random() * (messageCount - pageSize));
      const { entries } = await client.request(
        { kind: 'pull', conversation, fromSeq, untilSeq: fromSeq + pageSize, end: 'first', limit: pageSize },
        'range',
      );
      if (entries.length !== pageSize || entries.some((entry, index) => entry.seq !== fromSeq + index))
        throw new BrokenPromise('a hole in a page');
      pages++;
      timesMs.push(performance.now() - startedAt);
    }
  };
  const readers = (ms: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: inFlight }, (_, index) => read(clients[index % clients.length] as BenchClient, performance.now() + ms)),
    );
  await readers(warmUpMs);
  pages = 0;
  timesMs.length = 0;
  const cpuBefore = system.cpuSeconds();
  const generator = new GeneratorLoad();
  await readers(measureMs);
  const cpu = system.cpuSeconds() - cpuBefore;
  const generatorShare = generator.share();
  for (const client of clients) client.end();
  return [
    result('E history', `pages of 50, of ${messageCount.toLocaleString('en')}`, '1/CPU-s', pages / cpu, {
      must: 5_000,
      aim: 12_000,
      better: 'more',
    }),
    result('E history', 'p99', 'ms', percentile(sortedNumbers(timesMs), 0.99)),
    result('E history', 'generator, share of its core', '', generatorShare),
  ];
}

function* linesOf(one: SeededPerson, other: SeededPerson) {
  for (let index = 0; index < messageCount; index++) {
    yield {
      kind: 'message' as const,
      author: (index % 3 ? one : other).id,
      body: { text: `Message number ${index}, about as long as people write them on a quiet day.` },
    };
  }
}
