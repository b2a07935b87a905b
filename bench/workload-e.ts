import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, percentile, type Result, result, sortedNumbers } from './measure.ts';
import { type SeededPerson, seedFolder } from './seeded-folder.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { sizes } from './sizes.ts';

const { historyMessages: messageCount, warmUpMs, measureMs } = sizes;
const pageSize = 50;
const inFlight = 8;

/** History at any depth of a million. */
export async function workloadE(): Promise<Result[]> {
  let conversation = '';
  await using folder = await seedFolder(2, async (seeder) => {
    const [one, other] = seeder.people as [SeededPerson, SeededPerson];
    conversation = await seeder.createDirect(one, other, linesOf(one, other));
  });
  await using server = await ServerUnderTest.start(folder.path);
  const client = new BenchClient(folder.people[0] as SeededPerson);
  await client.connect(server.port);
  let pages = 0;
  const timesMs: number[] = [];
  const read = async (deadline: number): Promise<void> => {
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
  const readers = (ms: number): Promise<unknown> => Promise.all(Array.from({ length: inFlight }, () => read(performance.now() + ms)));
  await readers(warmUpMs);
  pages = 0;
  timesMs.length = 0;
  const cpuBefore = server.cpuSeconds();
  const generator = new GeneratorLoad();
  await readers(measureMs);
  const cpu = server.cpuSeconds() - cpuBefore;
  const generatorShare = generator.share();
  client.end();
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
