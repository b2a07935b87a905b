import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import type { ParlourProcess } from '../tests/parlour-process.ts';
import { expectAgreement } from './agreement.ts';
import { type CrashPoint, crashPoints } from './crash-points.ts';
import { DeadlyOrder } from './deadly-order.ts';
import { DurableLog } from './durable-log.ts';
import { House } from './house.ts';
import { ImportDeath } from './import-death.ts';
import { findLedgerFaults } from './ledger.ts';
import { SchemaDeath } from './schema-death.ts';
import { seedPeople } from './seeded-people.ts';
import { ServerDeaths } from './server-deaths.ts';
import { expectSimulatedPromises } from './shared-checks.ts';

export type CrashPlan = {
  readonly cycles: number;
  /** Decides the moments and what is sent; when a process really dies the machine decides too. */
  readonly seed: number;
  readonly say: (line: string) => void;
};

export type CrashReport = {
  readonly cycles: number;
  readonly kills: Readonly<Record<CrashPoint, number>>;
  readonly sentCount: number;
  /** Of those, told to the sender before the server that took them was killed, or later. */
  readonly acknowledgedCount: number;
  /** Sent, and without an answer at the moment of a kill. */
  readonly unknownCount: number;
  /** Operations that a client sent to a server more than once. */
  readonly resentCount: number;
  /** Of those, answered as what was there already, by servers that still lived when they were asked. */
  readonly duplicateCount: number;
  readonly entryCount: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
  /** What `parlour verify` says of it at the end. */
  readonly verified: string;
  /** Kept where something is wrong. */
  readonly keptFolder: string | null;
};

const devicesByHandle = { ana: 2, mara: 2, tom: 2, ida: 1 };
/** Between two looks at everything. */
const cyclesBetweenChecks = 7;
/** So many devices are back before the next kill; the others may be on their way. */
const backBeforeNext = 4;
const underLoadMsMax = 1_500;

/** Kills real processes again and again while real clients talk, and looks whether anything was lost, doubled or put out of order. */
export async function runCrashes({ cycles, seed, say }: CrashPlan): Promise<CrashReport> {
  const root = await mkdtemp(join(tmpdir(), 'parlour-crash-'));
  const dataFolder = join(root, 'data');
  const run = new CrashRun({ root, dataFolder, seed, say });
  try {
    await run.begin();
    for (let cycle = 1; cycle <= cycles && run.faults.length === 0; cycle++) {
      await run.cycle(cycle);
      if (cycle % cyclesBetweenChecks === 0 || cycle === cycles) await run.check(cycle, { isLast: cycle === cycles });
    }
  } catch (error) {
    run.faults.push(error instanceof Error ? error.message : String(error));
  } finally {
    await run.end();
  }
  const verified = await runParlour(['verify'], { dataFolder });
  if (verified.code !== 0) run.faults.push(`parlour verify ended with ${verified.code}: ${verified.stdout}${verified.stderr}`);
  const isKept = run.faults.length > 0;
  if (!isKept) await rm(root, { recursive: true, force: true, maxRetries: 5 });
  return { ...run.report(), verified: verified.stdout.trim(), keptFolder: isKept ? dataFolder : null };
}

class CrashRun {
  readonly faults: string[];
  readonly #dataFolder: string;
  readonly #random: SeededRandom;
  readonly #say: (line: string) => void;
  readonly #kills = Object.fromEntries(crashPoints.map((point) => [point, 0])) as Record<CrashPoint, number>;
  readonly #house: House;
  readonly #deaths: ServerDeaths;
  readonly #imports = new ImportDeath();
  readonly #schemas = new SchemaDeath();
  readonly #durable = new DurableLog();
  #cycleCount = 0;
  #unknownCount = 0;
  /** By server, as it said last. */
  readonly #duplicateCounts = new Map<ParlourProcess, number>();

  constructor({ root, dataFolder, seed, say }: { root: string; dataFolder: string; seed: number; say: (line: string) => void }) {
    this.#dataFolder = dataFolder;
    this.#random = new SeededRandom(seed);
    this.#say = say;
    this.#house = new House(seed);
    this.faults = this.#house.faults;
    const order = new DeadlyOrder(root);
    this.#deaths = new ServerDeaths({ dataFolder, order, random: this.#random, house: this.#house });
  }

  async begin(): Promise<void> {
    const logins = await seedPeople(this.#dataFolder, { devices: devicesByHandle, groupTitle: 'The square' });
    await this.#deaths.start();
    await this.#house.open(this.#deaths.server.url, logins);
    await this.#house.online();
  }

  /** Where something is wrong, the folder stays as it is: a server that goes down in order would still write. */
  async end(): Promise<void> {
    if (this.faults.length > 0) await this.#deaths.end('SIGKILL');
    await this.#house.close();
    await this.#deaths.end('SIGTERM');
  }

  async cycle(number: number): Promise<void> {
    this.#house.talk();
    const point = crashPoints[(number - 1) % crashPoints.length] ?? 'under load';
    const startedMs = performance.now();
    await this.#countDuplicates();
    const how = await this.#kill(point);
    if (point !== 'during import' && point !== 'as it makes its schema') {
      this.#unknownCount += this.#house.unacknowledgedCount;
      await this.#deaths.start();
    }
    this.#kills[point] += 1;
    this.#cycleCount += 1;
    await this.#house.online(backBeforeNext);
    await this.#countDuplicates();
    this.faults.push(...this.#imports.faults.splice(0), ...this.#schemas.faults.splice(0));
    const tookMs = Math.round(performance.now() - startedMs);
    this.#say(`cycle ${number}: killed ${point}, ${how}; ${tookMs} ms; ${this.#house.sentCount} sent so far`);
  }

  /** Everybody is quiet; then all that was sent is looked at, and at the last look all that anybody can scroll back to. */
  async check(cycle: number, { isLast }: { readonly isLast: boolean }): Promise<void> {
    const { devices } = this.#house;
    await this.#house.stopTalking();
    await this.#house.online();
    await this.#house.idle();
    await this.#countDuplicates();
    await expectSimulatedPromises(this.#durable, devices, () => this.#durable.read(this.#dataFolder));
    this.faults.push(...devices.flatMap(({ complaints }) => complaints));
    if (isLast) this.faults.push(...findLedgerFaults(await expectAgreement(this.#dataFolder, devices), devices));
    if (this.faults.length === 0)
      this.#say(`after cycle ${cycle}: ${this.#durable.entryCount} entries, nothing lost, doubled or out of order`);
  }

  report(): Omit<CrashReport, 'verified' | 'keptFolder'> {
    const { sentCount, acknowledgedCount, resentCount } = this.#house;
    return {
      cycles: this.#cycleCount,
      kills: this.#kills,
      sentCount,
      acknowledgedCount,
      unknownCount: this.#unknownCount,
      resentCount,
      duplicateCount: [...this.#duplicateCounts.values()].reduce((sum, count) => sum + count, 0),
      entryCount: this.#durable.entryCount,
      faults: this.faults,
    };
  }

  async #kill(point: CrashPoint): Promise<string> {
    switch (point) {
      case 'under load':
        return this.#deaths.after(underLoadMsMax);
      case 'at a send':
        return this.#deaths.at('onSent');
      case 'at an acknowledgement':
        return this.#deaths.at('onAcknowledged');
      case 'at a write of the log':
        return this.#deaths.atWriteOf('log');
      case 'before a commit':
        return this.#deaths.byItself('before commit');
      case 'after a commit, before its answer':
        return this.#deaths.byItself('after commit');
      case 'as clients return':
        return this.#deaths.asClientsReturn();
      case 'as it starts':
        return this.#deaths.asItStarts();
      case 'as it opens its log again':
        return this.#deaths.asItOpensItsLog();
      case 'as the log is copied':
        return this.#deaths.atWriteOf('database');
      case 'at shutdown':
        return this.#deaths.atShutdown();
      case 'at the last copy of the log':
        return this.#deaths.atLastCopy();
      case 'as it makes its schema':
        return this.#schemas.happen(this.#random);
      case 'during import':
        return this.#imports.happen(this.#random);
    }
  }

  /** What the server that runs now has answered as there already. */
  async #countDuplicates(): Promise<void> {
    const { server } = this.#deaths;
    const answer = await fetch(`${server.url}/metrics`);
    const [, count = 0] = /^parlour_operations_total\{verdict="duplicate"\} (\d+)$/m.exec(await answer.text()) ?? [];
    this.#duplicateCounts.set(server, Number(count));
  }
}
