import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationId } from '@parlour/core/ids';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { expectAgreement } from './agreement.ts';
import { waitUntil } from './condition.ts';
import { TestDevice } from './device.ts';
import { findLedgerFaults } from './ledger.ts';
import type { Recount } from './recount.ts';
import { seedPeople } from './seeded-people.ts';

/** At which moment a cycle kills the server. */
const moments = ['under load', 'at a send', 'at an acknowledgement', 'as clients return', 'as it starts'] as const;
type Moment = (typeof moments)[number];

export type CrashPlan = {
  readonly cycles: number;
  /** Decides the moments and what is sent; when a process really dies the machine decides too. */
  readonly seed: number;
  readonly say: (line: string) => void;
};

export type CrashReport = {
  readonly kills: Readonly<Record<Moment, number>>;
  readonly sentCount: number;
  /** Of those, told to the sender before the server that took them was killed, or later. */
  readonly acknowledgedCount: number;
  /** Sent, and without an answer at the moment of a kill. */
  readonly unknownCount: number;
  readonly entryCount: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
  readonly verified: string;
};

const devicesByHandle = { ana: 2, mara: 2, tom: 2, ida: 1 };
/** Between two looks at everything. */
const cyclesBetweenChecks = 5;
/** Clients that found nobody for a while come back after up to 30 s. */
const returnMs = 180_000;
const unacknowledgedMax = 40;
const startMsMax = 700;

/** Kills a real server again and again while real clients talk, and looks whether anything was lost, doubled or put out of order. */
export async function runCrashes({ cycles, seed, say }: CrashPlan): Promise<CrashReport> {
  await using folder = await TemporaryFolder.make();
  const logins = await seedPeople(folder.path, { devices: devicesByHandle, groupTitle: 'The square' });
  const run = new CrashRun(folder.path, seed, say);
  await run.start();
  try {
    for (const [index, login] of logins.entries()) {
      const name = `${login.me.handle} ${index + 1}`;
      run.devices.push(await TestDevice.open({ url: run.server.url, name, login }));
    }
    await run.allOnline();
    for (let cycle = 1; cycle <= cycles && run.faults.length === 0; cycle++) {
      await run.cycle(cycle);
      if (cycle % cyclesBetweenChecks === 0 || cycle === cycles) await run.check(cycle);
    }
  } finally {
    await run.stopTalking();
    for (const device of run.devices) await device.close();
    await run.server.stop();
  }
  const verified = await runParlour(['verify'], { dataFolder: folder.path });
  if (verified.code !== 0) run.faults.push(`parlour verify ended with ${verified.code}: ${verified.stdout}${verified.stderr}`);
  return run.report(verified.stdout.trim());
}

class CrashRun {
  readonly devices: TestDevice[] = [];
  readonly faults: string[] = [];
  readonly #dataFolder: string;
  readonly #random: SeededRandom;
  readonly #say: (line: string) => void;
  readonly #kills: Record<Moment, number> = Object.fromEntries(moments.map((moment) => [moment, 0])) as Record<Moment, number>;
  #server: ParlourProcess | null = null;
  #port = 0;
  #unknownCount = 0;
  #entryCount = 0;
  #talking: { readonly end: () => void; readonly ended: Promise<unknown> } | null = null;
  readonly #seed: number;
  #round = 0;

  constructor(dataFolder: string, seed: number, say: (line: string) => void) {
    this.#dataFolder = dataFolder;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#say = say;
  }

  get server(): ParlourProcess {
    if (!this.#server) throw new Error('no server runs');
    return this.#server;
  }

  async start(): Promise<void> {
    this.#server = await ParlourProcess.start({ dataFolder: this.#dataFolder, port: this.#port, env: { PARLOUR_LOG_LEVEL: 'warn' } });
    this.#port = this.#server.port;
  }

  async stopTalking(): Promise<void> {
    const talking = this.#talking;
    this.#talking = null;
    talking?.end();
    await talking?.ended;
  }

  async cycle(number: number): Promise<void> {
    if (!this.#talking) this.#talk();
    const moment = moments[number % moments.length] ?? 'under load';
    const afterMs = await this.#waitFor(moment);
    await this.#kill();
    if (moment === 'as it starts') await this.#killAsItStarts(afterMs);
    await this.start();
    if (moment === 'as clients return') {
      await waitUntil(() => (this.devices.some(({ isOnline }) => isOnline) ? null : 'nobody is back'), returnMs);
      await wait(afterMs);
      await this.#kill();
      await this.start();
    }
    this.#kills[moment] += 1;
    const startedMs = performance.now();
    await this.allOnline();
    const sentCount = this.devices.reduce((sum, { sent }) => sum + sent.size, 0);
    const backMs = Math.round(performance.now() - startedMs);
    this.#say(`cycle ${number}: killed ${moment} + ${afterMs} ms; all back ${backMs} ms after it listened; ${sentCount} sent so far`);
  }

  /** Everybody is quiet; then all that was sent is looked at. */
  async check(cycle: number): Promise<void> {
    await this.stopTalking();
    let counted: Recount;
    try {
      await Promise.race([Promise.all(this.devices.map(({ client }) => client.whenIdle())), rejectAfter(returnMs)]);
      counted = await expectAgreement(this.#dataFolder, this.devices);
    } catch (error) {
      this.faults.push(error instanceof Error ? error.message : String(error));
      return;
    }
    this.faults.push(...findLedgerFaults(counted, this.devices));
    this.#entryCount = [...counted.conversations.values()].reduce((sum, { entries }) => sum + entries.length, 0);
    const right = this.faults.length === 0 ? 'all devices agree with the recount, nothing lost or doubled' : `${this.faults.length} FAULTS`;
    this.#say(`after cycle ${cycle}: ${this.#entryCount} entries; ${right}`);
  }

  report(verified: string): CrashReport {
    const sent = this.devices.flatMap((device) => [...device.sent.values()]);
    const acknowledgedCount = sent.filter(({ acknowledged }) => acknowledged).length;
    return {
      kills: this.#kills,
      sentCount: sent.length,
      acknowledgedCount,
      unknownCount: this.#unknownCount,
      entryCount: this.#entryCount,
      faults: this.faults,
      verified,
    };
  }

  /** @returns how long after the moment, in ms, to be used where the moment is still to come */
  async #waitFor(moment: Moment): Promise<number> {
    switch (moment) {
      case 'under load':
      case 'as it starts':
      case 'as clients return': {
        const afterMs = this.#random.between(100, moment === 'under load' ? 1_500 : startMsMax);
        await wait(moment === 'under load' ? afterMs : 300);
        return afterMs;
      }
      case 'at a send':
      case 'at an acknowledgement': {
        const afterMs = this.#random.between(0, 4);
        await this.#nextOf(moment === 'at a send' ? 'onSent' : 'onAcknowledged');
        if (afterMs > 0) await wait(afterMs);
        return afterMs;
      }
    }
  }

  async #nextOf(event: 'onSent' | 'onAcknowledged'): Promise<void> {
    const device = this.#random.pick(this.devices);
    let happened = false;
    device[event] = () => {
      happened = true;
    };
    await waitUntil(() => (happened || this.faults.length > 0 ? null : `${device.name} does not come to ${event}`), returnMs, {
      everyTurn: true,
    });
    device[event] = () => {};
  }

  async #kill(): Promise<void> {
    await this.server.kill();
    this.#unknownCount += this.devices.reduce((sum, { unacknowledgedCount }) => sum + unacknowledgedCount, 0);
  }

  /** Killed before it said that it listens: in the middle of reading its folder. */
  async #killAsItStarts(afterMs: number): Promise<void> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../apps/server/src/main.ts'), 'start'], {
      stdio: 'ignore',
      env: { ...process.env, PARLOUR_DATA: this.#dataFolder, PARLOUR_PORT: String(this.#port) },
    });
    const ended = once(child, 'exit');
    await wait(afterMs);
    child.kill('SIGKILL');
    await ended;
  }

  async allOnline(): Promise<void> {
    await waitUntil(() => {
      const away = this.devices.filter(({ isOnline }) => !isOnline);
      return away.length === 0 ? null : `not back: ${away.map(({ name, client }) => `${name} ${JSON.stringify(client.status.get())}`)}`;
    }, returnMs);
  }

  #talk(): void {
    let isOver = false;
    this.#round += 1;
    const talks = this.devices.map((device, index) => this.#talkOn(device, index, () => isOver));
    const ended = Promise.all(talks).catch((error) => this.faults.push(`a device broke: ${error}`));
    this.#talking = {
      end: () => {
        isOver = true;
      },
      ended,
    };
  }

  async #talkOn(device: TestDevice, index: number, isOver: () => boolean): Promise<void> {
    const random = new SeededRandom(this.#seed, 100 * this.#round + index);
    const others = new Set(this.devices.map(({ person }) => person));
    const conversations = new Set<ConversationId>();
    for (const person of this.#round === 1 ? others : []) conversations.add(await device.openDirect(person));
    for (const { id } of device.client.conversations.get()) conversations.add(id);
    const places = [...conversations];
    while (!isOver()) {
      const conversation = random.pick(places);
      if (device.unacknowledgedCount < unacknowledgedMax) {
        const burst = random.chance(0.1) ? random.between(2, 12) : 1;
        for (let count = 0; count < burst; count++) await device.send(conversation, `${device.name} says ${device.sent.size + 1}`);
      }
      if (random.chance(0.2)) device.readAll(conversation);
      await wait(random.between(20, 200));
    }
  }
}

async function rejectAfter(afterMs: number): Promise<never> {
  await wait(afterMs, undefined, { ref: false });
  throw new Error(`the devices were not idle within ${afterMs} ms`);
}
