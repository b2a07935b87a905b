import { type Difference, findDifference, findLostMessage, findRegisterDifference, findStoredDifference } from './convergence.ts';
import { Device } from './device.ts';
import { Faults } from './faults.ts';
import { GroupJob } from './group-job.ts';
import { SimulatedPerson } from './person.ts';
import { drawPlan, type Plan } from './plan.ts';
import type { SeededRandom } from './seeded-random.ts';
import { ServerActor } from './server-actor.ts';
import { SimulatedBus } from './simulated-bus.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { Tab } from './tab.ts';
import { type Deed, drawTimetable } from './timetable.ts';
import { Troubles } from './troubles.ts';
import { presentWaiting } from './waiting.ts';
import { WireWatch } from './wire-watch.ts';
import { Workload } from './workload.ts';
import { Violation, World } from './world.ts';

export type SimulationOptions = {
  readonly seed: number;
  /** The deeds of the timetable that are done, by their places in it; all of them where it is not given. */
  readonly only?: readonly number[];
  readonly trace?: (line: string) => void;
};

export type SimulationReport = {
  readonly seed: number;
  readonly traceHash: string;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly messageCount: number;
  readonly counters: ReadonlyMap<string, number>;
  /** Null where every promise held. */
  readonly violation: {
    readonly message: string;
    readonly lastSteps: readonly string[];
    /** The deeds that had been done by then, by their places in the timetable. */
    readonly deeds: readonly number[];
  } | null;
};

const setUpMsMax = 30_000;
/** [7] After the last fault, where devices are told that the network is back. */
const convergeMsMax = 30_000;
/** Where nobody tells them: the longest wait before a new attempt, and as long until a dead socket is known, before it. */
const findOutMsMax = 60_000;
/** Where a node died that had written and told nobody, whoever is connected to another learns of it with the next comparison. */
const compareEveryMs = 300_000;
const names = ['ada', 'bea', 'cyd', 'dov', 'eli', 'fay', 'gus', 'hal', 'ida', 'jon', 'kim', 'lea'];

/** One seed: set up, a while of work under faults, healing, and the comparison of everything with everything. */
export async function simulate({ seed, only, trace }: SimulationOptions): Promise<SimulationReport> {
  const world = new World({ seed, ...(trace ? { trace } : {}) });
  const simulation = new Simulation(world, drawPlan(seed), only ? new Set(only) : null);
  const rejected = (reason: unknown) =>
    world.violate(`a promise was rejected and nobody heard it: ${reason instanceof Error ? reason.stack : reason}`);
  process.on('unhandledRejection', rejected);
  let violation: SimulationReport['violation'] = null;
  try {
    await simulation.run();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = { message: error.message, lastSteps: world.lastSteps(error.conversation, 60), deeds: simulation.doneDeeds };
  } finally {
    process.off('unhandledRejection', rejected);
  }
  return {
    seed,
    traceHash: world.traceHash,
    eventCount: world.eventCount,
    simulatedMs: world.nowMs,
    messageCount: simulation.messageCount,
    counters: world.counters,
    violation,
  };
}

class Simulation {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #only: ReadonlySet<number> | null;
  readonly #faults: Faults;
  readonly #disk: SimulatedDisk;
  readonly #servers: readonly ServerActor[];
  readonly #devices: readonly Device[];
  readonly #troubles: Troubles;
  readonly #workload: Workload;
  readonly #watch: WireWatch;
  readonly #groups: readonly GroupJob[];

  constructor(world: World, plan: Plan, only: ReadonlySet<number> | null) {
    this.#world = world;
    this.#plan = plan;
    this.#only = only;
    this.#faults = new Faults(world, plan);
    this.#disk = new SimulatedDisk(world);
    const { checker } = this.#disk;
    const bus = new SimulatedBus(world, this.#faults);
    this.#servers = Array.from({ length: plan.nodeCount }, (_, number) => {
      const name = plan.nodeCount === 1 ? 'server' : `server${number + 1}`;
      return new ServerActor({ name, stream: 1 + number, world, disk: this.#disk, faults: this.#faults, bus });
    });
    const anyServer = () => world.random.pick(this.#servers);
    this.#watch = new WireWatch(world, checker, plan.ownerLimits.afterDistanceMax);
    const around = { world, faults: this.#faults, checker, anyServer, watch: this.#watch };
    const people = plan.people.map((_, index) => new SimulatedPerson(names[index] ?? `person${index}`));
    this.#devices = people.flatMap((person, index) =>
      (plan.people[index] ?? []).map((tabCount, number) => {
        const stream = 100 + index * 100 + number * 10;
        return new Device({ name: `${person.name}${number + 1}`, stream, person, tabCount, around });
      }),
    );
    this.#troubles = new Troubles({ world, faults: this.#faults, disk: this.#disk, servers: this.#servers, devices: this.#devices });
    this.#workload = new Workload(world, people, this.#devices, plan.leadShare);
    this.#groups = Array.from({ length: plan.groupCount }, (_, number) => {
      // Each is of other people, and someone else's.
      const members = [...people.slice(number), ...people.slice(0, number)].slice(0, people.length - number);
      return new GroupJob({ world, checker, anyServer }, members, `group ${number + 1}`);
    });
  }

  get #tabs(): readonly Tab[] {
    return this.#devices.flatMap(({ tabs }) => tabs);
  }

  /** Those that have been done, by their places in the timetable. */
  readonly doneDeeds: number[] = [];

  get messageCount(): number {
    return this.#tabs.reduce((sum, { sent }) => sum + sent.length, 0);
  }

  async run(): Promise<void> {
    await this.#setUp();
    this.#faults.areOn = true;
    this.#faults.endAtMs = this.#world.nowMs + this.#plan.faultsMs;
    this.#workload.begin();
    this.#troubles.begin();
    for (const deed of drawTimetable(this.#world.seed, this.#plan)) {
      if (!this.#only || this.#only.has(deed.index)) this.#world.after(deed.atMs, deed.kind, () => this.#do(deed));
    }
    this.#checkBounds();
    await this.#world.run(this.#faults.endAtMs - this.#plan.calmMs);
    this.#troubles.heal();
    await this.#world.run(this.#faults.endAtMs);
    await this.#converge();
    for (const server of this.#servers) server.finish();
  }

  #do({ index, kind, about, random }: Deed): void | Promise<void> {
    this.doneDeeds.push(index);
    const device = this.#devices[about];
    switch (kind) {
      case 'act':
        return device && this.#workload.act(device, random);
      case 'group':
        return this.#groups[about]?.step(random);
      case 'storeCopy':
        return this.#disk.keepCopy();
      case 'copy':
        return this.#keepCopies(random);
      default:
        return this.#troubles.strike(kind, random);
    }
  }

  /** Of each with something under way: what becomes of that, and of what comes after it, is what a copy put back can get wrong. And of one more. */
  async #keepCopies(random: SeededRandom): Promise<void> {
    const picked = random.pick(this.#devices);
    for (const device of this.#devices) if (device === picked || device.isWaiting) await device.keepCopy();
  }

  #checkBounds(): void {
    this.#world.after(1_000, 'bounds', () => {
      for (const server of this.#servers) server.checkBounds();
      this.#checkBounds();
    });
  }

  async #setUp(): Promise<void> {
    for (const server of this.#servers) server.start();
    const isIn = ({ client }: Tab) => client?.status.get().synced === true;
    for (const device of this.#devices) {
      device.start();
      const enterUntilIn = () =>
        void this.#world.after(200, 'enter', () => {
          if (device.tabs.every(isIn)) return;
          device.enterIfOut();
          enterUntilIn();
        });
      enterUntilIn();
      await this.#world.run(this.#world.nowMs + setUpMsMax, () => device.tabs.every(isIn));
      this.#world.check(device.tabs.every(isIn), () => `${device.name} cannot even log in`);
    }
  }

  async #converge(): Promise<void> {
    // A request without an answer is waited for like a dead socket.
    const isTold = this.#plan.tellsOnline && this.#plan.httpLossChance === 0;
    const untoldMsMax = this.#plan.nodeCount > 1 ? compareEveryMs : 0;
    const deadlineMs = this.#world.nowMs + convergeMsMax + (isTold ? 0 : findOutMsMax) + untoldMsMax;
    let difference: Difference | null = null;
    let checkedAtMs = this.#world.nowMs;
    const look = () =>
      void this.#world.after(250, 'look', async () => {
        // Of many that are refused, each batch is only tried once the one before it was let go of.
        this.#workload.giveUpFailed();
        difference = await this.#findDifference();
        checkedAtMs = this.#world.nowMs;
        if (difference) look();
      });
    look();
    const healedAtMs = this.#world.nowMs;
    await this.#world.run(deadlineMs, () => checkedAtMs > healedAtMs && difference === null);
    if (difference) this.#world.violate(this.#describeStuck(difference), (difference as Difference).conversation);
    for (const tab of this.#tabs) {
      const lost = findLostMessage(tab, this.#disk.checker);
      if (lost) this.#world.violate(`${lost.device} ${lost.what}`, lost.conversation);
    }
    // A violation is raised by the next event.
    this.#world.after(0, 'end', () => {});
    await this.#world.run(this.#world.nowMs);
  }

  async #findDifference(): Promise<Difference | null> {
    for (const device of this.#devices) {
      for (const tab of device.tabs) {
        const difference = findDifference(tab, this.#disk.checker) ?? (await findRegisterDifference(tab, this.#disk));
        if (difference) return difference;
      }
      const stored = await findStoredDifference(device, this.#disk.checker);
      if (stored) return stored;
    }
    return null;
  }

  #describeStuck({ device, conversation, what }: Difference): string {
    const place = conversation ? ` in ${conversation}` : '';
    const picture = presentWaiting({ devices: this.#devices, servers: this.#servers, watch: this.#watch });
    return `${device} has not converged${place}: ${what}\n  ${picture.join('\n  ')}`;
  }
}
