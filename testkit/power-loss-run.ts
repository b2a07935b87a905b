import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { Syscalls } from '../tests/syscalls.ts';
import { waitUntil } from './condition.ts';
import { DurableLog } from './durable-log.ts';
import { House, returnMs } from './house.ts';
import { type Fate, fates, filesAfterLoss, type Loss } from './power-loss.ts';
import { recount } from './recount.ts';
import { seedPeople } from './seeded-people.ts';
import { readWriteRecord, recordedCalls, type WriteRecord } from './write-record.ts';

export type Recording = { readonly record: WriteRecord; readonly before: ReadonlyMap<string, Buffer>; readonly sentCount: number };

export type PowerLossReport = {
  readonly syncCount: number;
  readonly changeCount: number;
  readonly toldCount: number;
  /** Folders that were made, and opened and checked. */
  readonly states: Readonly<Record<Fate, number>>;
  /** Of those, how many a server was started on, and `parlour verify` has read. */
  readonly startedCount: number;
  readonly faults: readonly string[];
  readonly keptFolder: string | null;
};

/** A real server, with devices that talk until so many messages are acknowledged, and its end in order: each write and each sync of its database. */
export async function recordWrites(seed: number, acknowledgedMin: number): Promise<Recording> {
  await using folder = await TemporaryFolder.make();
  const logins = await seedPeople(folder.path, { devices: { ana: 2, mara: 1, tom: 1 }, groupTitle: 'The square' });
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env: { PARLOUR_LOG_LEVEL: 'warn' } });
  const database = dataFolderPaths.database(folder.path);
  const files = [database, `${database}-wal`];
  await using watch = await Syscalls.attach(server.pid, { calls: recordedCalls, asHex: true });
  // Nobody is there yet, so nothing changes between these two.
  const before = new Map(files.map((file) => [file, readFileSync(file)]));
  const house = new House(seed);
  await house.open(server.url, logins);
  await house.online();
  house.talk();
  await waitUntil(() => (house.acknowledgedCount < acknowledgedMin ? `${house.acknowledgedCount} are acknowledged` : null), returnMs);
  await house.stopTalking();
  await house.idle();
  await house.close();
  await server.stop();
  return { record: readWriteRecord(await watch.detach(), files), before, sentCount: house.sentCount };
}

type Replay = {
  readonly seed: number;
  /** At most so many moments, spread over the record; all three fates of each are tried. */
  readonly momentsMax: number;
  /** On so many of the folders the server is started. */
  readonly startsMax: number;
  readonly isDiskLying?: true;
};

/** Takes the power away at many moments of a record, and looks whether all that had been told by then is there. Ends at the first state with a fault. */
export async function replayPowerLoss(
  { record, before }: Recording,
  { seed, momentsMax, startsMax, isDiskLying }: Replay,
): Promise<PowerLossReport> {
  const random = new SeededRandom(seed);
  const root = await mkdtemp(join(tmpdir(), 'parlour-power-'));
  const states: Record<Fate, number> = { none: 0, first: 0, any: 0 };
  const faults: string[] = [];
  let startedCount = 0;
  const moments = momentsOf(record, momentsMax);
  const startEvery = Math.max(1, Math.floor(moments.length / Math.max(1, startsMax)));
  for (const [index, at] of moments.entries()) {
    for (const fate of fates) {
      const loss: Loss = { at, fate, random, ...(isDiskLying && { isDiskLying }) };
      const files = filesAfterLoss(record, before, loss);
      writeFolder(root, files);
      states[fate] += 1;
      const isStarted = fate === fates[index % fates.length] && index % startEvery === 0 && startedCount < startsMax;
      const found = await checkFolder(root, record, at);
      if (isStarted) {
        startedCount += 1;
        found.push(...(await startOn(root)));
      }
      faults.push(...found.map((fault) => `power lost at ${at}, of unsynced writes ${fate}: ${fault}`));
      if (faults.length === 0) continue;
      // Whoever opened it has changed it.
      writeFolder(root, files);
      break;
    }
    if (faults.length > 0) break;
  }
  if (faults.length === 0 || isDiskLying) await rm(root, { recursive: true, force: true, maxRetries: 5 });
  const { syncs, changes, told } = record;
  const keptFolder = faults.length > 0 && !isDiskLying ? root : null;
  return { syncCount: syncs.length, changeCount: changes.length, toldCount: told.length, states, startedCount, faults, keptFolder };
}

/** Just after a sync, just before one has ended, and when something is told. */
function momentsOf({ syncs, told }: WriteRecord, momentsMax: number): number[] {
  const all = new Set([...syncs.flatMap(({ end }) => [end, end - 1]), ...told.map(({ begin }) => begin)]);
  const moments = [...all].sort((one, other) => one - other);
  const every = Math.max(1, Math.ceil(moments.length / momentsMax));
  return moments.filter((_, index) => index % every === every - 1);
}

function writeFolder(root: string, files: ReadonlyMap<string, Buffer | null>): void {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(root, { mode: 0o700 });
  for (const [file, bytes] of files) {
    const suffix = file.endsWith('-wal') ? '-wal' : '';
    if (bytes) writeFileSync(`${dataFolderPaths.database(root)}${suffix}`, bytes);
  }
}

/** Opened as the server opens it, which reads the write-ahead log again. */
async function checkFolder(root: string, { told }: WriteRecord, at: number): Promise<string[]> {
  const log = new DurableLog();
  try {
    using _opened = new SqliteDatabase({ file: dataFolderPaths.database(root), busyTimeoutMs: 1_000, readOnly: false });
    await log.read(root);
    log.faults.push(...recount(root).faults.map(({ where, seq, what }) => `${where}, seq ${seq}: ${what}`));
  } catch (error) {
    return [`it cannot be read: ${error instanceof Error ? error.message : error}`];
  }
  for (const { conversation, seq, n, chain } of told.filter(({ begin }) => begin <= at)) {
    const entry = log.checker.entriesOf(conversation)[seq - 1];
    if (entry?.n === n && (chain === null || entry.chain === chain)) continue;
    log.faults.push(`entry ${seq} of ${conversation} was told, and ${entry ? 'another stands there' : 'is lost'}`);
  }
  return log.faults;
}

async function startOn(root: string): Promise<string[]> {
  const server = await ParlourProcess.start({ dataFolder: root, env: { PARLOUR_LOG_LEVEL: 'warn' } });
  const code = await server.stop();
  const verified = await runParlour(['verify'], { dataFolder: root });
  return [
    ...(code === 0 ? [] : [`a server on it ended with ${code}`]),
    ...(verified.code === 0 ? [] : [`parlour verify says of it: ${verified.stdout}`]),
  ];
}
