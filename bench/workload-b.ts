import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BenchClient, BrokenPromise } from './bench-client.ts';
import { GeneratorLoad, percentile, type Result, result, sortedNumbers } from './measure.ts';
import { sizes } from './sizes.ts';
import { type Mode, SystemUnderTest } from './system-under-test.ts';

const { receivers: receiverCount, fanOutWarmUpRounds: warmUpRounds, measureMs } = sizes;
/** About what one message of this workload is on the wire. */
const frameSizeBytes = 450;
const text = 'Supper is at eight, and whoever brings the dessert may choose the film.';

type Fan = { readonly usPerDelivery: number; readonly p99Ms: number; readonly generatorShare: number };

async function fanOut(inFlight: number, mode: Mode): Promise<Fan> {
  let conversation = '';
  await using system = await SystemUnderTest.start(mode, receiverCount, async (seeder) => {
    conversation = await seeder.createGroup('Everyone', seeder.people);
  });
  const clients = system.people.map((person) => new BenchClient(person));
  for (const [index, client] of clients.entries()) await client.connect(system.portOf(index));
  await Promise.all(clients.map((client) => client.follow(conversation)));
  const [sender] = clients;
  if (!sender) throw new RangeError('a group of nobody');

  let sent = 0;
  const everyoneHas = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let waiting = clients.filter((client) => client.receivedEntries < count).length;
      if (waiting === 0) resolve();
      for (const client of clients) {
        client.onEntries = () => {
          if (client.receivedEntries === count && --waiting === 0) resolve();
        };
      }
    });
  const round = async (): Promise<number> => {
    const startedAt = performance.now();
    sent += inFlight;
    const arrived = everyoneHas(sent);
    await sender.send(
      conversation,
      Array.from({ length: inFlight }, () => text),
    );
    await arrived;
    return performance.now() - startedAt;
  };
  for (let index = 0; index < warmUpRounds; index++) await round();
  const cpuBefore = system.cpuSeconds();
  const generator = new GeneratorLoad();
  const timesMs: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < measureMs) timesMs.push(await round());
  const cpu = system.cpuSeconds() - cpuBefore;
  for (const client of clients) if (client.receivedEntries !== sent) throw new BrokenPromise('somebody has not received all');
  for (const client of clients) client.end();
  const deliveries = timesMs.length * inFlight * receiverCount;
  return { usPerDelivery: (cpu * 1e6) / deliveries, p99Ms: percentile(sortedNumbers(timesMs), 0.99), generatorShare: generator.share() };
}

/** The floor: the same number of sockets on the same core, and nothing but a write to each. */
async function bareWriteUs(): Promise<number> {
  const script = join(import.meta.dirname, 'bare-writes.ts');
  const child = spawn('taskset', ['-c', '0', process.execPath, script, String(receiverCount), String(frameSizeBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sockets: Socket[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, value] = line.split(' ');
    if (word === 'us') {
      for (const socket of sockets) socket.destroy();
      return Number(value);
    }
    for (let index = 0; index < receiverCount; index++) {
      const socket = connect({ port: Number(value), host: '127.0.0.1' });
      socket.on('data', () => {}).on('error', () => {});
      sockets.push(socket);
    }
  }
  throw new Error('the bare writes ended before they were measured');
}

/** One writes, a thousand read. */
export async function workloadB(mode: Mode = 'embedded'): Promise<Result[]> {
  const bareUs = await bareWriteUs();
  const single = await fanOut(1, mode);
  const several = await fanOut(4, mode);
  return [
    result('B one in flight', 'cost of a delivery', 'CPU us', single.usPerDelivery, { must: 6, aim: 3.6 }),
    result('B one in flight', 'a bare write on this machine', 'CPU us', bareUs),
    result('B one in flight', 'a delivery, in bare writes', '', single.usPerDelivery / bareUs),
    result('B one in flight', 'until all have it, p99', 'ms', single.p99Ms),
    result('B one in flight', 'generator, share of its core', '', single.generatorShare),
    result('B 4 in flight', 'cost of a delivery', 'CPU us', several.usPerDelivery, { must: 3, aim: 1.4 }),
    result('B 4 in flight', 'until all have it, p99', 'ms', several.p99Ms),
  ];
}
