import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectAgreement } from '../testkit/agreement.ts';
import { waitUntil } from '../testkit/condition.ts';
import { TestDevice } from '../testkit/device.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { SmallDisk } from '../testkit/small-disk.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { ScriptClient } from './script-client.ts';
import { Syscalls, whyNoSyscalls } from './syscalls.ts';

const resumeMs = 120_000;
const diskSizeBytes = 8_388_608;
const sendsMax = 2_000;
/** Long enough to need new pages soon. */
const filling = 'x'.repeat(4_000);

const noSyscalls = whyNoSyscalls();
const probe = await SmallDisk.mount(diskSizeBytes);
const noDisk = typeof probe === 'string' ? probe : null;
if (typeof probe !== 'string') await probe[Symbol.asyncDispose]();
if (noDisk !== null) console.log(`left out: a full disk and a read-only folder, because ${noDisk}`);
if (noSyscalls !== null) console.log(`left out: a disk that fails calls of the system, because ${noSyscalls}`);

type Trouble = { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };

/** Two devices and a script on a server that runs. */
async function openHouse(dataFolder: string) {
  const logins = await seedPeople(dataFolder, { devices: { ana: 2, mara: 1 } });
  let server = await ParlourProcess.start({ dataFolder, env: { PARLOUR_LOG_LEVEL: 'silent' } });
  const { port, url } = server;
  const [ofAna, ofScript, ofMara] = logins;
  if (!ofAna || !ofScript || !ofMara) throw new Error('three logins were seeded');
  const ana = await TestDevice.open({ url, name: 'ana', login: ofAna });
  const mara = await TestDevice.open({ url, name: 'mara', login: ofMara });
  const script = await ScriptClient.open(url, ofScript);
  const conversation = await ana.openDirect(mara.person);
  const restart = async () => {
    await server.kill();
    server = await ParlourProcess.start({ dataFolder, port, env: { PARLOUR_LOG_LEVEL: 'silent' } });
  };
  const close = async () => {
    await ana.close();
    await mara.close();
    await server.stop();
  };
  return { ana, mara, script, conversation, dataFolder, pid: () => server.pid, restart, [Symbol.asyncDispose]: close };
}

type House = Awaited<ReturnType<typeof openHouse>>;

/** Sends until the disk refuses; what was taken before that is acknowledged. */
async function sendUntilRefused({
  script,
  conversation,
}: House): Promise<{ acknowledged: string[]; refusedN: number; refusedText: string }> {
  const acknowledged: string[] = [];
  for (let count = 1; count <= sendsMax; count++) {
    const [n, text] = [script.nextNumber(), `script ${count} ${filling}`];
    const answer = await script.send(conversation, text, n);
    if (answer.status === 200) {
      acknowledged.push(text);
      continue;
    }
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable', retryAfterMs: expect.any(Number) } });
    expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    return { acknowledged, refusedN: n, refusedText: text };
  }
  throw new Error(`the disk took ${sendsMax} messages`);
}

/** What people see while the disk takes nothing, and what is there once it does again. */
async function endure(house: House, { begin, end }: Trouble): Promise<void> {
  const { ana, mara, script, conversation, dataFolder } = house;
  for (let count = 1; count <= 10; count++) await ana.send(conversation, `ana before ${count}`);
  await acknowledgedAll(ana);

  await begin();
  const { acknowledged, refusedN, refusedText } = await sendUntilRefused(house);
  for (let count = 1; count <= 5; count++) await ana.send(conversation, `ana meanwhile ${count}`);
  for (let count = 1; count <= 5; count++) await mara.send(conversation, `mara meanwhile ${count}`);
  expect(await script.send(conversation, refusedText, refusedN as never)).toMatchObject({
    status: 503,
    body: { code: 'storage_unavailable' },
  });
  // Reading goes on, and nobody was told that something is kept that is not.
  expect((await script.read(conversation)).status).toBe(200);
  expect([ana.unacknowledgedCount, mara.unacknowledgedCount]).toEqual([5, 5]);
  expect(ana.isOnline && mara.isOnline).toBe(true);

  await end();
  await acknowledgedAll(ana, mara);
  const answers = await retried(() => script.send(conversation, refusedText, refusedN as never));
  expect(answers).toMatchObject({ status: 200 });

  const counted = await expectAgreement(dataFolder, [ana, mara]);
  expect(findLedgerFaults(counted, [ana, mara])).toEqual([]);
  const texts = counted.conversations.get(conversation)?.entries.map(({ text }) => text) ?? [];
  for (const text of [...acknowledged, refusedText]) expect(texts.filter((found) => found === text)).toHaveLength(1);
  const verified = await runParlour(['verify'], { dataFolder });
  expect(verified).toMatchObject({ code: 0 });
}

async function acknowledgedAll(...devices: readonly TestDevice[]): Promise<void> {
  await waitUntil(() => {
    const waiting = devices.find(({ unacknowledgedCount }) => unacknowledgedCount > 0);
    return waiting ? `${waiting.name} waits for ${waiting.unacknowledgedCount} acknowledgements` : null;
  }, resumeMs);
}

async function retried(send: () => ReturnType<ScriptClient['send']>): ReturnType<ScriptClient['send']> {
  let answer = await send();
  await waitUntil(async () => {
    if (answer.status === 503) answer = await send();
    return answer.status === 503 ? 'the storage is still away' : null;
  }, resumeMs);
  return answer;
}

test.skipIf(noDisk !== null)('a full disk: senders are told to come again, reading goes on, and service resumes by itself', async () => {
  const disk = await SmallDisk.mount(diskSizeBytes);
  if (typeof disk === 'string') throw new Error(disk);
  await using _disk = disk;
  await using house = await openHouse(disk.path);
  await endure(house, { begin: async () => disk.fill(), end: async () => disk.makeRoom() });
});

test.skipIf(process.platform !== 'linux')('a disk that fails every write: the same, and nothing acknowledged is lost', async () => {
  await using folder = await TemporaryFolder.make();
  await using house = await openHouse(folder.path);
  const limitFileSize = async (limit: string) => void execFileSync('prlimit', ['--pid', String(house.pid()), `--fsize=${limit}:unlimited`]);
  await endure(house, { begin: () => limitFileSize('4096'), end: () => limitFileSize('unlimited') });
});

test.skipIf(noSyscalls !== null).each([
  { what: 'that becomes read-only', calls: 'pwrite64', error: 'EROFS' },
  { what: 'that cannot sync', calls: 'fdatasync,fsync', error: 'EIO' },
] as const)('a disk $what: the same, and nothing acknowledged is lost', async ({ calls, error }) => {
  await using folder = await TemporaryFolder.make();
  await using house = await openHouse(folder.path);
  await endure(house, troubleOf(house, { calls, error }));
});

test.skipIf(noSyscalls !== null)(
  'a server that is killed while its disk cannot sync: what it wrote and never acknowledged is there once or not at all',
  async () => {
    await using folder = await TemporaryFolder.make();
    await using house = await openHouse(folder.path);
    const trouble = troubleOf(house, { calls: 'fdatasync,fsync', error: 'EIO' });
    const end = async () => {
      await house.restart();
      await trouble.end();
    };
    await endure(house, { begin: trouble.begin, end });
  },
);

function troubleOf({ dataFolder, pid }: House, { calls, error }: { calls: string; error: 'EIO' | 'EROFS' }): Trouble {
  let watch: Syscalls | null = null;
  onTestFinished(async () => watch?.[Symbol.asyncDispose]());
  return {
    begin: async () => {
      watch = await Syscalls.attach(pid(), { calls, error, file: join(dataFolder, 'parlour.db-wal') });
    },
    end: async () => void (await watch?.detach()),
  };
}

test.skipIf(noDisk !== null)('a start on a read-only folder is refused with what to do', async () => {
  const disk = await SmallDisk.mount(diskSizeBytes);
  if (typeof disk === 'string') throw new Error(disk);
  await using _disk = disk;
  await seedPeople(disk.path, { devices: { ana: 1 } });
  disk.setReadOnly(true);
  const { code, stderr } = await runParlour(['start', '--port', '0'], { dataFolder: disk.path });
  disk.setReadOnly(false);
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot use ${disk.path}`);
  expect(stderr).toContain('make it a folder that this user may write');
  expect(stderr).not.toContain('    at ');
});
