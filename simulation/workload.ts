import type { ConversationId } from '@parlour/core/ids';
import type { Device } from './device.ts';
import { Leading } from './leading.ts';
import type { SimulatedPerson } from './person.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Tab } from './tab.ts';
import type { World } from './world.ts';

type Act = (tab: Tab, conversation: ConversationId, random: SeededRandom) => void;

/** What people do all day, at random. */
export class Workload {
  readonly #world: World;
  readonly #people: readonly SimulatedPerson[];
  readonly #devices: readonly Device[];
  readonly #leading: Leading;
  readonly #leadShare: number;
  #sentCount = 0;

  constructor(world: World, people: readonly SimulatedPerson[], devices: readonly Device[], leadShare: number) {
    this.#leading = new Leading(world, people);
    this.#leadShare = leadShare;
    this.#world = world;
    this.#people = people;
    this.#devices = devices;
  }

  /** A person who finds themselves logged out logs in again, and gives up what was refused, faults or none. */
  begin(): void {
    this.#world.after(2_000, 'tend', () => {
      for (const device of this.#devices) {
        device.enterIfOut();
        device.giveUpFailed();
      }
      this.begin();
    });
  }

  giveUpFailed(): void {
    for (const device of this.#devices) device.giveUpFailed();
  }

  act(device: Device, random: SeededRandom): void {
    const atHand = device.tabs.filter(({ isAtHand }) => isAtHand);
    if (atHand.length === 0) return;
    const tab = random.pick(atHand);
    const { client } = tab;
    if (client?.status.get().auth !== 'in') return;
    const conversations = client.conversations.get();
    if (conversations.length === 0 || random.chance(0.1)) return this.#openDirect(tab, random);
    if (random.chance(0.03)) return void client.setSetting('lastSeen', random.chance(0.5));
    if (random.chance(this.#leadShare)) return this.#leading.step(tab, random);
    random.pick(this.#acts)(tab, random.pick(conversations).id, random);
  }

  #openDirect(tab: Tab, random: SeededRandom): void {
    const other = random.pick(this.#people);
    if (other.id) void tab.client?.openDirect(other.id);
  }

  readonly #send: Act = (tab, conversation, random) => {
    const burst = random.chance(0.15) ? random.between(5, 25) : random.between(1, 4);
    for (let index = 0; index < burst; index++) {
      const room = random.chance(0.1) ? ` ${'x'.repeat(random.between(100, 1_500))}` : '';
      tab.send(conversation, `${tab.actor.name}#${++this.#sentCount}${room}`);
    }
  };

  readonly #read: Act = (tab, conversation, random) => {
    const timeline = tab.views.get(conversation)?.timeline.get();
    if (!timeline || timeline.headSeq === 0) return;
    const seq = random.chance(0.7) ? timeline.headSeq : random.pick([...timeline.items.map((item) => item.seq), timeline.headSeq]);
    tab.actor.note(`${conversation} reads up to ${seq}`);
    tab.views.get(conversation)?.markRead(seq);
  };

  readonly #draft: Act = (tab, conversation, random) => {
    const text = random.chance(0.2) ? '' : `draft ${++this.#sentCount} of ${tab.actor.name}`;
    tab.device.person.wroteDraft(conversation, text);
    tab.views.get(conversation)?.setDraft(text);
  };

  readonly #look: Act = (tab, conversation, random) => {
    const view = tab.views.get(conversation);
    if (!view) return;
    const seq = view.timeline.get().headSeq;
    const looks = [
      () => view.typing(),
      () => void view.loadOlder(),
      () => void view.loadNewer(),
      () => void view.jumpTo('first'),
      () => void view.jumpTo(random.between(1, seq + 1) as typeof seq),
      () => void view.jumpTo('last'),
      () => tab.closeView(conversation),
      () => tab.client?.watchPresence(this.#people.flatMap(({ id }) => id ?? [])),
    ];
    random.pick(looks)();
  };

  readonly #acts: readonly Act[] = [this.#send, this.#send, this.#send, this.#read, this.#read, this.#draft, this.#look];
}
