import type { Device } from './device.ts';
import type { Faults } from './faults.ts';
import type { TroubleKind } from './plan.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { ServerActor } from './server-actor.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { Tab } from './tab.ts';
import type { World } from './world.ts';

const hourMs = 3_600_000;

/** Everything that goes wrong by itself. */
export class Troubles {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #servers: readonly ServerActor[];
  readonly #disk: SimulatedDisk;
  readonly #devices: readonly Device[];

  constructor(of: { world: World; faults: Faults; disk: SimulatedDisk; servers: readonly ServerActor[]; devices: readonly Device[] }) {
    const { world, faults, servers, devices } = of;
    this.#world = world;
    this.#faults = faults;
    this.#disk = of.disk;
    this.#servers = servers;
    this.#devices = devices;
  }

  /** Troubles that come with writes; the others stand in the timetable. */
  begin(): void {
    const { plan } = this.#faults;
    const { random } = this.#world;
    this.#disk.onWrite = (writer) => {
      const server = this.#servers.find(({ actor }) => actor === writer);
      if (server && this.#faults.chance(plan.crashInWriteChance))
        this.#world.after(random.between(0, 25), 'trouble', () => this.#crashServer(server));
    };
    for (const device of this.#devices) {
      device.storage.onWrite = (writer) => {
        const tab = device.tabs.find(({ actor }) => actor === writer);
        if (tab && this.#faults.chance(plan.tabCrashInWriteChance))
          this.#world.after(random.between(0, 8), 'trouble', () => this.#crashTab(tab));
      };
    }
  }

  strike(kind: TroubleKind, random: SeededRandom): void | Promise<void> {
    const device = random.pick(this.#devices);
    const tab = random.pick(device.tabs);
    switch (kind) {
      case 'serverCrash':
        return this.#crashServer(this.#pickServer(random));
      case 'deviceCrash':
        return this.#crashDevice(device, random);
      case 'tabCrash':
        return this.#crashTab(tab);
      case 'tabClose':
        return this.#closeTab(tab);
      case 'tabSwitch':
        return device.showTab(random.between(0, 3));
      case 'cut':
        return this.#cut(device, random);
      case 'offline':
        return device.goOffline(random.between(500, 12_000));
      case 'pause':
        return this.#pause(device, tab, random);
      case 'clockJump':
        return this.#jumpClock(device, random);
      case 'diskFull':
        this.#world.note('disk', '! is full');
        return this.#disk.fill(random.between(500, 8_000));
      case 'storeRestore':
        return this.#restoreStore();
      case 'deviceFull':
        this.#world.count('device full');
        device.storage.fullUntilMs = this.#world.nowMs + random.between(500, 8_000);
        return;
    }
  }

  /** From now on nothing goes wrong any more; what is broken is not mended by it. */
  heal(): void {
    this.#faults.areOn = false;
    this.#world.note('world', '! heals');
    this.#disk.fill(0);
    for (const server of this.#servers) {
      server.actor.resume();
      if (!server.actor.isUp) server.start();
    }
    for (const device of this.#devices) {
      device.storage.fullUntilMs = 0;
      device.comeOnline();
      for (const { actor } of device.tabs) actor.resume();
      if (this.#faults.plan.tellsOnline) device.signal('online');
      device.start();
    }
  }

  #pickServer(random: SeededRandom): ServerActor {
    return random.pick(this.#servers);
  }

  async #crashServer(server: ServerActor): Promise<void> {
    if (!server.actor.isUp || !this.#faults.areOn) return;
    await server.crash();
    this.#world.after(this.#world.random.between(100, 6_000), 'restart', () => {
      if (!server.actor.isUp) server.start();
    });
  }

  /** As an operator does it: nothing runs meanwhile. */
  async #restoreStore(): Promise<void> {
    if (!this.#faults.areOn || !this.#disk.hasCopy) return;
    for (const server of this.#servers) await this.#crashServer(server);
    this.#disk.restore();
    for (const device of this.#devices) await device.serverWentBack();
  }

  #crashDevice(device: Device, random: SeededRandom): void {
    if (!device.isUp) return;
    this.#world.count('device crash');
    device.crash();
    const { restoreChance, evictChance } = this.#faults.plan;
    const fate = random.chance(restoreChance) ? 'restore' : random.chance(evictChance) ? 'evict' : null;
    this.#world.after(random.between(50, 6_000), 'restart', () => {
      // Whoever opened a tab meanwhile keeps the storage as it is.
      if (fate && this.#faults.areOn && !device.isUp) device[fate]();
      device.start();
    });
  }

  #crashTab(tab: Tab): void {
    if (!tab.actor.isUp || !this.#faults.areOn) return;
    this.#world.count('tab crash');
    tab.crash();
    this.#openAgain(tab);
  }

  #closeTab(tab: Tab): void {
    if (!tab.actor.isUp) return;
    this.#world.count('tab closed');
    tab.close();
    this.#openAgain(tab);
  }

  #openAgain(tab: Tab): void {
    this.#world.after(this.#world.random.between(50, 6_000), 'restart', () => tab.ensureUp());
  }

  #cut(device: Device, random: SeededRandom): void {
    const tab = device.linkedTab;
    const [link] = tab?.links ?? [];
    if (!tab || !link) return;
    if (!random.chance(this.#faults.plan.halfOpenChance)) {
      tab.actor.note('! socket cut');
      this.#world.count('socket cut');
      return link.cut({ clientKnows: true, serverKnows: true });
    }
    tab.actor.note('! socket half open');
    this.#world.count('socket half open');
    if (random.chance(0.3)) link.silence(random.chance(0.5) ? 'to client' : 'to server');
    else link.cut({ clientKnows: random.chance(0.3), serverKnows: random.chance(0.3) });
  }

  /** A server, one tab, or a whole device. */
  #pause(device: Device, tab: Tab, random: SeededRandom): void {
    const isServer = random.chance(0.2);
    const isWhole = random.chance(0.3);
    const forMs = random.between(300, random.chance(0.3) ? 60_000 : 6_000);
    const actors = isServer ? [this.#pickServer(random).actor] : isWhole ? device.tabs.map(({ actor }) => actor) : [tab.actor];
    this.#world.count('pause');
    for (const actor of actors) {
      actor.note(`! pauses for ${forMs} ms`);
      actor.pause(forMs);
    }
  }

  #jumpClock(device: Device, random: SeededRandom): void {
    const actors = random.chance(0.3) ? [this.#pickServer(random).actor] : device.tabs.map(({ actor }) => actor);
    const skewMs = random.chance(0.3) ? 0 : random.between(-hourMs, hourMs);
    this.#world.count('clock jump');
    for (const actor of actors) {
      actor.note(`! clock is wrong by ${skewMs} ms`);
      actor.skewMs = skewMs;
    }
  }
}
