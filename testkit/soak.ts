import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ConversationId } from '@parlour/core/ids';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { expectAgreement } from './agreement.ts';
import { waitUntil } from './condition.ts';
import { TestDevice } from './device.ts';
import { findLedgerFaults } from './ledger.ts';
import { freePort, MemoryProbe } from './memory-probe.ts';
import { seedPeople } from './seeded-people.ts';
import { findGrowth, growthMaxMbPerMinute, type SoakMinute } from './soak-growth.ts';

const devicesPerPerson = 2;
const peersPerPerson = 3;
const pauseMsMax = 20_000;
const minuteMs = 60_000;
const sampleEveryMs = 1_000;
const settleMs = 180_000;
const unacknowledgedMax = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    clients: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, clientCount, seed] = [values.minutes, values.clients, values.seed].map(Number) as [number, number, number];
if (![minutes, clientCount, seed].every(Number.isSafeInteger) || minutes < 1 || clientCount < 2 * devicesPerPerson) {
  console.error('cannot understand this: npm run soak -- --minutes N --clients N [--seed S], all whole numbers, at least 4 clients');
  process.exit(2);
}

const faults: string[] = [];
const table: SoakMinute[] = [];
await soak();
const growth = findGrowth(table);
console.log(
  `memory grew by ${growth.memoryMbPerMinute.toFixed(2)} MB a minute after ${growth.warmUpMinutes} minutes of warm-up, the database by ${growth.databaseMbPerMinute.toFixed(2)}; allowed is ${growthMaxMbPerMinute} MB`,
);
if (growth.isTooShort) console.log('the run was too short to say that memory is flat, or that it is not: give it 20 minutes or more');
if (growth.isTooMuch) faults.push('memory is not flat');
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'the soak holds' : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

async function soak(): Promise<void> {
  await using folder = await TemporaryFolder.make();
  const peopleCount = Math.floor(clientCount / devicesPerPerson);
  const handles = Array.from({ length: peopleCount }, (_, index) => `person${index}`);
  const plan = { devices: Object.fromEntries(handles.map((handle) => [handle, devicesPerPerson])), groupTitle: 'Everybody' };
  const logins = await seedPeople(folder.path, plan);
  const inspectorPort = await freePort();
  // A page cache would fill for hours before it is full, which is no leak, and would hide one.
  const env = { PARLOUR_LOG_LEVEL: 'warn', PARLOUR_DATABASE_CACHE_MIB: '1', NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` };
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  using probe = await MemoryProbe.attach(inspectorPort, server.pid);
  const devices: TestDevice[] = [];
  for (const [index, login] of logins.entries()) {
    devices.push(await TestDevice.open({ url: server.url, name: `${login.me.handle} ${index % devicesPerPerson}`, login }));
  }
  let isOver = false;
  const talks = devices.map((device, index) => talkOn(device, { devices, index, isOver: () => isOver }));
  const talking = Promise.all(talks).catch((error) => faults.push(`a device broke: ${error}`));
  console.log(`${devices.length} clients of ${peopleCount} people`);
  await sampleMinutes({ probe, dataFolder: folder.path, devices });
  isOver = true;
  await talking;
  await settle(folder.path, devices);
  for (const device of devices) await device.close();
  const verified = await runParlour(['verify'], { dataFolder: folder.path });
  console.log(verified.stdout.trim());
  if (verified.code !== 0) faults.push(`parlour verify ended with ${verified.code}: ${verified.stderr}`);
}

async function settle(dataFolder: string, devices: readonly TestDevice[]): Promise<void> {
  try {
    await waitUntil(() => {
      const waiting = devices.filter(({ unacknowledgedCount }) => unacknowledgedCount > 0);
      return waiting.length === 0 ? null : `${waiting.length} devices wait for acknowledgements`;
    }, settleMs);
    faults.push(...findLedgerFaults(await expectAgreement(dataFolder, devices, { withinMs: settleMs }), devices));
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
}

type Sampled = { readonly probe: MemoryProbe; readonly dataFolder: string; readonly devices: readonly TestDevice[] };

async function sampleMinutes({ probe, dataFolder, devices }: Sampled): Promise<void> {
  const startMs = performance.now();
  console.log('minute  memory held MB  most MB  database MB  online   sent  without answer');
  for (let minute = 1; minute <= minutes; minute++) {
    const samples: number[] = [];
    while (performance.now() < startMs + minute * minuteMs) {
      samples.push(probe.memoryMb());
      await wait(sampleEveryMs);
    }
    const file = dataFolderPaths.database(dataFolder);
    const databaseMb = (statSync(file).size + statSync(`${file}-wal`).size) / 1e6;
    const sentCount = devices.reduce((sum, { sent }) => sum + sent.size, 0);
    const waitingCount = devices.reduce((sum, { unacknowledgedCount }) => sum + unacknowledgedCount, 0);
    const onlineCount = devices.filter(({ isOnline }) => isOnline).length;
    await probe.collectGarbage();
    const row = { memoryMb: probe.memoryMb(), databaseMb };
    table.push(row);
    const cells: [text: string, width: number][] = [
      [String(minute), 6],
      [row.memoryMb.toFixed(1), 16],
      [Math.max(...samples).toFixed(1), 9],
      [databaseMb.toFixed(1), 13],
      [String(onlineCount), 8],
      [String(sentCount), 7],
      [String(waitingCount), 16],
    ];
    console.log(cells.map(([text, width]) => text.padStart(width)).join(''));
  }
}

type Talk = { readonly devices: readonly TestDevice[]; readonly index: number; readonly isOver: () => boolean };

/** A person on a device: says something, reads, types, leaves a draft, and now and then starts the program again. */
async function talkOn(device: TestDevice, { devices, index, isOver }: Talk): Promise<void> {
  const random = new SeededRandom(seed, index);
  const places: ConversationId[] = [];
  await wait(random.between(0, 5_000));
  for (let step = 1; step <= peersPerPerson; step++) {
    const peer = devices[(index + step * devicesPerPerson) % devices.length];
    if (peer) places.push(await device.openDirect(peer.person));
  }
  while (!isOver()) {
    await wait(random.between(0, pauseMsMax));
    const inGroup = random.chance(0.02) ? device.client.conversations.get().find(({ type }) => type === 'group') : undefined;
    const conversation = inGroup?.id ?? random.pick(places);
    if (random.chance(0.3)) device.type(conversation);
    if (device.unacknowledgedCount < unacknowledgedMax) {
      await device.send(conversation, `${device.name} says ${device.sent.size + 1}${' and goes on'.repeat(random.between(0, 12))}`);
    }
    if (random.chance(0.4)) device.readAll(conversation);
    if (random.chance(0.02)) {
      await device.close();
      await device.start();
    }
  }
}
