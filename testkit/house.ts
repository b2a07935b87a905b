import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationId } from '@parlour/core/ids';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { waitUntil } from './condition.ts';
import { CountedSends } from './counted-sends.ts';
import { TestDevice } from './device.ts';
import type { SeededLogin } from './seeded-people.ts';

/** Clients that found nobody for a while come back after up to 30 s. */
export const returnMs = 180_000;
const unacknowledgedMax = 40;

/** Devices of several people that talk with one another, on a server that comes and goes. */
export class House implements AsyncDisposable {
  readonly devices: TestDevice[] = [];
  readonly faults: string[] = [];
  readonly #seed: number;
  readonly #sends: CountedSends[] = [];
  #talking: { readonly end: () => void; readonly ended: Promise<unknown> } | null = null;
  #round = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get sentCount(): number {
    return this.devices.reduce((sum, { sent }) => sum + sent.size, 0);
  }

  get acknowledgedCount(): number {
    return this.devices.flatMap(({ sent }) => [...sent.values()]).filter(({ acknowledged }) => acknowledged).length;
  }

  get unacknowledgedCount(): number {
    return this.devices.reduce((sum, { unacknowledgedCount }) => sum + unacknowledgedCount, 0);
  }

  get resentCount(): number {
    return this.#sends.reduce((sum, { resentCount }) => sum + resentCount, 0);
  }

  /** Messages that the servers said they could not store now, to be sent again. */
  get refusedCount(): number {
    return this.#sends.reduce((sum, { refusedCount }) => sum + refusedCount, 0);
  }

  /** @param followsGateways by the place of the login; where it is left out nobody goes anywhere else */
  async open(url: string, logins: readonly SeededLogin[], followsGateways: (index: number) => boolean = () => false): Promise<void> {
    for (const [index, login] of logins.entries()) {
      const sends = new CountedSends({ followsGateways: followsGateways(index) });
      this.#sends.push(sends);
      const name = `${login.me.handle} ${index + 1}`;
      this.devices.push(await TestDevice.open({ url, name, login, open: (parts) => sends.open(parts) }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.stopTalking();
    for (const device of this.devices) await device.close();
  }

  /** @param count so many of the devices, or all of them */
  async online(count = this.devices.length): Promise<void> {
    await waitUntil(() => {
      const away = this.devices.filter(({ isOnline }) => !isOnline);
      if (this.devices.length - away.length >= count) return null;
      return `not back: ${away.map(({ name, client }) => `${name} ${JSON.stringify(client.status.get())}`)}`;
    }, returnMs);
  }

  /** Resolves at the next send, or acknowledgement, of a device. */
  async nextOf(event: 'onSent' | 'onAcknowledged', device: TestDevice): Promise<void> {
    let happened = false;
    device[event] = () => {
      happened = true;
    };
    await waitUntil(() => (happened || this.faults.length > 0 ? null : `${device.name} does not come to ${event}`), returnMs, {
      everyTurn: true,
    });
    device[event] = () => {};
  }

  /** Resolves once so many more messages are acknowledged. */
  async acknowledged(count: number): Promise<void> {
    const wanted = this.acknowledgedCount + count;
    await waitUntil(() => {
      const missing = wanted - this.acknowledgedCount;
      return missing <= 0 || this.faults.length > 0 ? null : `${missing} more were to be acknowledged`;
    }, returnMs);
  }

  /** Everybody talks from now on, where they do not yet. */
  talk(): void {
    if (this.#talking) return;
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

  async stopTalking(): Promise<void> {
    const talking = this.#talking;
    this.#talking = null;
    talking?.end();
    await talking?.ended;
  }

  /** All that was sent is acknowledged, and nothing is under way. */
  async idle(): Promise<void> {
    const busy = new Set(this.devices);
    const idle = this.devices.map(async (device) => {
      await device.client.whenIdle();
      busy.delete(device);
    });
    const describe = () => [...busy].map(({ name, client }) => `${name} ${JSON.stringify(client.status.get())}`);
    await Promise.race([Promise.all(idle), rejectAfter(returnMs, describe)]);
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
      await wait(random.between(50, 300));
    }
  }
}

async function rejectAfter(afterMs: number, describe: () => readonly string[]): Promise<never> {
  await wait(afterMs, undefined, { ref: false });
  throw new Error(`not idle within ${afterMs} ms: ${describe().join(', ')}`);
}
