import { type Difference, findDifference, findLostMessage, findRegisterDifference, findStoredDifference } from './convergence.ts';
import { DeviceActor } from './device-actor.ts';
import { Faults } from './faults.ts';
import { GroupJob } from './group-job.ts';
import { SimulatedPerson } from './person.ts';
import { drawPlan, type Plan } from './plan.ts';
import { type Mutant, ServerActor } from './server-actor.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Troubles } from './troubles.ts';
import { WireWatch } from './wire-watch.ts';
import { Workload } from './workload.ts';
import { Violation, World } from './world.ts';

export type SimulationOptions = {
  readonly seed: number;
  readonly mutant?: Mutant;
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
  readonly violation: { readonly message: string; readonly lastSteps: readonly string[] } | null;
};

const setUpMsMax = 30_000;
/** [7] After the last fault, where devices are told that the network is back. */
const convergeMsMax = 30_000;
/** Where nobody tells them: the longest wait before a new attempt, and as long until a dead socket is known, before it. */
const findOutMsMax = 60_000;
const names = ['ada', 'bea', 'cyd'];

/** One seed: set up, a while of work under faults, healing, and the comparison of everything with everything. */
export async function simulate({ seed, mutant = {}, trace }: SimulationOptions): Promise<SimulationReport> {
  const world = new World({ seed, ...(trace ? { trace } : {}) });
  const simulation = new Simulation(world, drawPlan(seed), mutant);
  const rejected = (reason: unknown) =>
    world.violate(`a promise was rejected and nobody heard it: ${reason instanceof Error ? reason.stack : reason}`);
  process.on('unhandledRejection', rejected);
  let violation: SimulationReport['violation'] = null;
  try {
    await simulation.run();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = { message: error.message, lastSteps: world.lastSteps(error.conversation, 60) };
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
  readonly #faults: Faults;
  readonly #disk: SimulatedDisk;
  readonly #server: ServerActor;
  readonly #devices: readonly DeviceActor[];
  readonly #troubles: Troubles;
  readonly #workload: Workload;
  readonly #group: GroupJob;

  constructor(world: World, plan: Plan, mutant: Mutant) {
    this.#world = world;
    this.#plan = plan;
    this.#faults = new Faults(world, plan);
    this.#faults.areOn = false;
    this.#disk = new SimulatedDisk(world);
    this.#server = new ServerActor(world, this.#disk, this.#faults, mutant);
    const watch = new WireWatch(world, this.#disk.checker);
    const people = plan.deviceCounts.map((_, index) => new SimulatedPerson(names[index] ?? `person${index}`));
    const common = { world, faults: this.#faults, server: this.#server, watch };
    this.#devices = people.flatMap((person, index) =>
      Array.from(
        { length: plan.deviceCounts[index] ?? 1 },
        (_, number) => new DeviceActor({ ...common, person, name: `${person.name}${number + 1}`, stream: 10 + index * 10 + number }),
      ),
    );
    this.#troubles = new Troubles(world, this.#faults, this.#server, this.#devices);
    this.#workload = new Workload(world, this.#faults, people, this.#devices);
    this.#group = new GroupJob(world, this.#server, people);
  }

  get messageCount(): number {
    return this.#devices.reduce((sum, { sent }) => sum + sent.length, 0);
  }

  async run(): Promise<void> {
    await this.#setUp();
    this.#faults.areOn = true;
    this.#workload.begin();
    this.#troubles.begin();
    if (this.#plan.hasGroup) this.#faults.every(3_000, 'group', () => this.#group.step());
    this.#faults.every(1_000, 'bounds', () => this.#server.checkBounds());
    this.#faults.endAtMs = this.#world.nowMs + this.#plan.faultsMs;
    await this.#world.run(this.#faults.endAtMs);
    await this.#troubles.heal();
    await this.#converge();
    this.#server.finish();
  }

  async #setUp(): Promise<void> {
    this.#server.start();
    const isIn = (device: DeviceActor) => device.client?.status.get().synced === true;
    for (const device of this.#devices) {
      device.start();
      const enterUntilIn = () =>
        void this.#world.after(200, 'enter', () => {
          if (isIn(device)) return;
          device.enterIfOut();
          enterUntilIn();
        });
      enterUntilIn();
      await this.#world.run(this.#world.nowMs + setUpMsMax, () => isIn(device));
      this.#world.check(isIn(device), () => `${device.actor.name} cannot even log in`);
    }
  }

  async #converge(): Promise<void> {
    const deadlineMs = this.#world.nowMs + convergeMsMax + (this.#plan.tellsOnline ? 0 : findOutMsMax);
    let difference: Difference | null = null;
    let checkedAtMs = this.#world.nowMs;
    const look = () =>
      void this.#world.after(250, 'look', async () => {
        difference = await this.#findDifference();
        checkedAtMs = this.#world.nowMs;
        if (difference) look();
      });
    look();
    const healedAtMs = this.#world.nowMs;
    await this.#world.run(deadlineMs, () => checkedAtMs > healedAtMs && difference === null);
    if (difference) this.#world.violate(this.#describeStuck(difference), (difference as Difference).conversation);
    for (const device of this.#devices) {
      const lost = findLostMessage(device, this.#disk.checker);
      if (lost) this.#world.violate(`${lost.device} ${lost.what}`, lost.conversation);
    }
    // A violation is raised by the next event.
    this.#world.after(0, 'end', () => {});
    await this.#world.run(this.#world.nowMs);
  }

  async #findDifference(): Promise<Difference | null> {
    for (const device of this.#devices) {
      const difference =
        findDifference(device, this.#disk.checker) ??
        (await findStoredDifference(device, this.#disk.checker)) ??
        (await findRegisterDifference(device, this.#disk));
      if (difference) return difference;
    }
    return null;
  }

  #describeStuck({ device, what }: Difference): string {
    const states = this.#devices.map(({ actor, client }) => `${actor.name}: ${JSON.stringify(client?.status.get() ?? 'not started')}`);
    return `${device} has not converged: ${what}\n  ${states.join('\n  ')}`;
  }
}
