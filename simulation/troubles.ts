import type { DeviceActor } from './device-actor.ts';
import type { Faults } from './faults.ts';
import type { ServerActor } from './server-actor.ts';
import type { World } from './world.ts';

const hourMs = 3_600_000;

/** Everything that goes wrong by itself, as often as the plan says. */
export class Troubles {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #server: ServerActor;
  readonly #devices: readonly DeviceActor[];

  constructor(world: World, faults: Faults, server: ServerActor, devices: readonly DeviceActor[]) {
    this.#world = world;
    this.#faults = faults;
    this.#server = server;
    this.#devices = devices;
  }

  begin(): void {
    const { plan } = this.#faults;
    const { random } = this.#world;
    const anyDevice = () => random.pick(this.#devices);
    this.#faults.every(plan.serverCrashEveryMs, 'trouble', () => this.#crashServer());
    this.#faults.every(plan.deviceCrashEveryMs, 'trouble', () => this.#crashDevice(anyDevice()));
    this.#faults.every(plan.cutEveryMs, 'trouble', () => this.#cut(anyDevice()));
    this.#faults.every(plan.offlineEveryMs, 'trouble', () => anyDevice().goOffline(random.between(500, 12_000)));
    this.#faults.every(plan.pauseEveryMs, 'trouble', () => this.#pause());
    this.#faults.every(plan.clockJumpEveryMs, 'trouble', () => this.#jumpClock());
    this.#faults.every(plan.diskFullEveryMs, 'trouble', () => {
      this.#world.note('disk', '! is full');
      this.#server.disk.fill(random.between(500, 8_000));
    });
    this.#faults.every(plan.deviceFullEveryMs, 'trouble', () => {
      this.#world.count('device full');
      anyDevice().storage.fullUntilMs = this.#world.nowMs + random.between(500, 8_000);
    });
    this.#server.disk.onWrite = () => {
      if (this.#faults.chance(plan.crashInWriteChance)) this.#world.after(random.between(0, 25), 'trouble', () => this.#crashServer());
    };
    for (const device of this.#devices) {
      device.storage.onWrite = () => {
        if (this.#faults.chance(plan.deviceCrashInWriteChance))
          this.#world.after(random.between(0, 8), 'trouble', () => this.#crashDevice(device));
      };
    }
    if (plan.restoreChance > 0) this.#faults.every(6_000, 'copy', () => anyDevice().keepCopy());
  }

  /** From now on nothing goes wrong any more; what is broken is not mended by it. */
  async heal(): Promise<void> {
    this.#faults.areOn = false;
    this.#world.note('world', '! heals');
    this.#server.disk.fill(0);
    this.#server.actor.resume();
    if (!this.#server.actor.isUp) this.#server.start();
    for (const device of this.#devices) {
      device.actor.resume();
      device.storage.fullUntilMs = 0;
      device.comeOnline();
      if (!device.actor.isUp) device.start();
      else if (this.#faults.plan.tellsOnline) device.signal('online');
    }
  }

  async #crashServer(): Promise<void> {
    if (!this.#server.actor.isUp || !this.#faults.areOn) return;
    await this.#server.crash();
    this.#world.after(this.#world.random.between(100, 6_000), 'restart', () => {
      if (!this.#server.actor.isUp) this.#server.start();
    });
  }

  #crashDevice(device: DeviceActor): void {
    if (!device.actor.isUp || !this.#faults.areOn) return;
    device.crash();
    const { plan } = this.#faults;
    this.#world.after(this.#world.random.between(50, 6_000), 'restart', async () => {
      if (device.actor.isUp) return;
      if (this.#faults.chance(plan.restoreChance)) await device.restore();
      else if (this.#faults.chance(plan.evictChance)) device.evict();
      device.start();
    });
  }

  #cut(device: DeviceActor): void {
    const { random } = this.#world;
    const [link] = device.links;
    if (!link) return;
    if (!this.#faults.chance(this.#faults.plan.halfOpenChance)) {
      device.actor.note('! socket cut');
      this.#world.count('socket cut');
      return link.cut({ clientKnows: true, serverKnows: true });
    }
    device.actor.note('! socket half open');
    this.#world.count('socket half open');
    if (random.chance(0.3)) link.silence(random.chance(0.5) ? 'to client' : 'to server');
    else link.cut({ clientKnows: random.chance(0.3), serverKnows: random.chance(0.3) });
  }

  #pause(): void {
    const { random } = this.#world;
    const { actor } = random.chance(0.2) ? this.#server : random.pick(this.#devices);
    const forMs = random.between(300, random.chance(0.3) ? 40_000 : 4_000);
    actor.note(`! pauses for ${forMs} ms`);
    this.#world.count('pause');
    actor.pause(forMs);
  }

  #jumpClock(): void {
    const { random } = this.#world;
    const { actor } = random.chance(0.3) ? this.#server : random.pick(this.#devices);
    actor.skewMs = random.chance(0.3) ? 0 : random.between(-hourMs, hourMs);
    actor.note(`! clock is wrong by ${actor.skewMs} ms`);
    this.#world.count('clock jump');
  }
}
