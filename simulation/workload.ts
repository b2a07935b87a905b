import type { ConversationId } from '@parlour/core/ids';
import type { DeviceActor } from './device-actor.ts';
import type { Faults } from './faults.ts';
import type { SimulatedPerson } from './person.ts';
import type { World } from './world.ts';

type Act = (device: DeviceActor, conversation: ConversationId) => void;

/** What people do all day, at random. */
export class Workload {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #people: readonly SimulatedPerson[];
  readonly #devices: readonly DeviceActor[];
  #sentCount = 0;

  constructor(world: World, faults: Faults, people: readonly SimulatedPerson[], devices: readonly DeviceActor[]) {
    this.#world = world;
    this.#faults = faults;
    this.#people = people;
    this.#devices = devices;
  }

  begin(): void {
    for (const device of this.#devices) {
      this.#faults.every(this.#faults.plan.actEveryMs, 'act', () => this.#act(device));
    }
    this.#everyTwoSeconds();
  }

  /** A person who finds themselves logged out logs in again, faults or none. */
  #everyTwoSeconds(): void {
    this.#world.after(2_000, 'tend', () => {
      for (const device of this.#devices) device.enterIfOut();
      this.#everyTwoSeconds();
    });
  }

  #act(device: DeviceActor): void {
    const { client } = device;
    const { random } = this.#world;
    if (!client || device.actor.isPaused || client.status.get().auth !== 'in') return;
    const conversations = client.conversations.get();
    if (conversations.length === 0 || random.chance(0.1)) return this.#openDirect(device);
    const { id } = random.pick(conversations);
    const act = random.pick(this.#acts);
    act(device, id);
  }

  #openDirect(device: DeviceActor): void {
    const other = this.#world.random.pick(this.#people);
    if (other.id) void device.client?.openDirect(other.id);
  }

  readonly #send: Act = (device, conversation) => {
    const { random } = this.#world;
    const burst = random.chance(0.15) ? random.between(5, 25) : random.between(1, 4);
    for (let index = 0; index < burst; index++) {
      const room = random.chance(0.1) ? ` ${'x'.repeat(random.between(100, 1_500))}` : '';
      device.send(conversation, `${device.actor.name}#${++this.#sentCount}${room}`);
    }
  };

  readonly #read: Act = (device, conversation) => {
    const timeline = device.views.get(conversation)?.timeline.get();
    if (!timeline || timeline.headSeq === 0) return;
    const seq = this.#world.random.chance(0.7)
      ? timeline.headSeq
      : this.#world.random.pick([...timeline.items.map((item) => item.seq), timeline.headSeq]);
    device.actor.note(`${conversation} reads up to ${seq}`);
    device.views.get(conversation)?.markRead(seq);
  };

  readonly #draft: Act = (device, conversation) => {
    const text = this.#world.random.chance(0.2) ? '' : `draft ${++this.#sentCount} of ${device.actor.name}`;
    device.person.wroteDraft(conversation, text);
    device.views.get(conversation)?.setDraft(text);
  };

  readonly #look: Act = (device, conversation) => {
    const view = device.views.get(conversation);
    if (!view) return;
    const { random } = this.#world;
    const seq = view.timeline.get().headSeq;
    const looks = [
      () => view.typing(),
      () => void view.loadOlder(),
      () => void view.loadNewer(),
      () => void view.jumpTo('first'),
      () => void view.jumpTo(random.between(1, seq + 1) as typeof seq),
      () => void view.jumpTo('last'),
      () => device.closeView(conversation),
      () => device.client?.watchPresence(this.#people.flatMap(({ id }) => id ?? [])),
    ];
    random.pick(looks)();
  };

  readonly #acts: readonly Act[] = [this.#send, this.#send, this.#send, this.#read, this.#read, this.#draft, this.#look];
}
