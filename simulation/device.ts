import { bodyOf } from '@parlour/core/conversation-log/entry';
import { MemoryStore } from '../packages/sdk/src/memory-store.ts';
import type { Signal } from '../packages/sdk/src/platform.ts';
import { DeviceStorage } from './device-store.ts';
import { CookieJar } from './http-line.ts';
import type { SentMessage, SimulatedPerson } from './person.ts';
import { type Surroundings, Tab } from './tab.ts';
import { TabNets } from './tab-net.ts';

type Copy = { readonly store: MemoryStore; readonly refreshToken: string | null; readonly pendingTexts: ReadonlySet<string> };

/** One device of one person: a browser with its tabs, or a program, over a storage that outlives them. */
export class Device {
  readonly name: string;
  readonly person: SimulatedPerson;
  readonly tabs: readonly Tab[];
  readonly storage = new DeviceStorage();
  /** Null for a program. */
  readonly tabNets: TabNets | null;
  readonly cookies: CookieJar | null;
  /** Counts how often the storage was replaced. */
  storageLife = 0;
  isPutBack = false;
  readonly #around: Surroundings;
  #wasPutBack = false;
  #offlineUntilMs = 0;
  #copy: Copy | null = null;

  /** @param of tabCount: 0 for a program */
  constructor(of: { name: string; stream: number; person: SimulatedPerson; tabCount: number; around: Surroundings }) {
    this.name = of.name;
    this.person = of.person;
    this.#around = of.around;
    this.tabNets = of.tabCount > 0 ? new TabNets() : null;
    this.cookies = of.tabCount > 0 ? new CookieJar() : null;
    this.tabs = Array.from({ length: Math.max(1, of.tabCount) }, (_, place) => {
      const name = of.tabCount > 0 ? `${of.name}.${place + 1}` : of.name;
      return new Tab({ name, stream: of.stream + place, isVisible: place === 0, device: this, around: of.around });
    });
  }

  get isOffline(): boolean {
    return this.#offlineUntilMs > this.#around.world.nowMs;
  }

  /** The tab that talks to the server. */
  get linkedTab(): Tab | undefined {
    return this.tabs.find(({ links }) => links.length > 0);
  }

  get isUp(): boolean {
    return this.tabs.some(({ actor }) => actor.isUp);
  }

  /** Something was given to it that no log has. */
  get isWaiting(): boolean {
    const { checker } = this.#around;
    const given = this.tabs.flatMap(({ sent }) => sent).filter(({ storageLife }) => storageLife === this.storageLife);
    return given.some(({ outcome, isGivenUp, text }) => outcome === 'kept' && !isGivenUp && checker.findText(text) === undefined);
  }

  start(): void {
    for (const tab of this.tabs) tab.ensureUp();
  }

  /** All of it at once: the browser dies, or the machine. */
  crash(): void {
    for (const tab of this.tabs) tab.crash();
  }

  /** The person looks at another tab. */
  showTab(place: number): void {
    for (const [index, tab] of this.tabs.entries()) tab.show(index === place % this.tabs.length);
  }

  /** The person logs in where nobody is logged in, in the tab they look at. */
  enterIfOut(): void {
    const tab = this.tabs.find((each) => each.isVisible && each.isAtHand) ?? this.tabs.find((each) => each.isAtHand);
    tab?.enterIfOut();
  }

  /** The person discards what the server will not take. */
  giveUpFailed(): void {
    this.tabs.find(({ isAtHand }) => isAtHand)?.giveUpFailed();
  }

  /** What was sent from it, in whichever tab. */
  findSent(text: string): SentMessage | undefined {
    return this.tabs.flatMap(({ sent }) => sent).find((message) => message.text === text);
  }

  /** Everything kept on the device is gone. */
  evict(): void {
    this.#note('! storage evicted');
    this.#around.world.count('storage evicted');
    this.#replaceStorage(null);
  }

  /** For a later `restore`, once: put back twice, a storage cannot know under which id a message went meanwhile. */
  async keepCopy(): Promise<void> {
    if (this.#wasPutBack) return;
    const pending = await this.storage.held.transact((transaction) => transaction.scan('outbox'));
    const pendingTexts = new Set(pending.map(([, { text }]) => text));
    this.#copy = { store: await this.storage.held.copy(), refreshToken: this.storage.refreshToken, pendingTexts };
    this.#note('! storage copied');
  }

  /** The storage is again as it was when the copy was made, if one was. */
  restore(): void {
    const copy = this.#copy;
    if (!copy) return;
    this.#note('! storage restored from the copy');
    this.#around.watch.wentBack(this.name);
    this.#around.world.count('storage restored');
    this.#replaceStorage(copy);
  }

  /**
   * What the server has no more goes again, as far as this device still has it and is still let in. What had reached it by then, and made it let go
   * of something, is stored a little later, by a tab that lives on; where it pauses, after that.
   */
  async serverWentBack(): Promise<void> {
    const { watch, faults } = this.#around;
    watch.wentBack(this.name);
    const sent = this.tabs.flatMap((tab) => tab.sent);
    await this.#excuseWhatIsNotHeld(sent);
    const aWhileMs = faults.plan.latencyMsMax + 50;
    for (const { actor } of this.tabs) {
      if (!actor.isUp) continue;
      actor.later(aWhileMs, 'arrived', () => void actor.later(aWhileMs, 'stored', () => this.#excuseWhatIsNotHeld(sent)));
    }
  }

  async #excuseWhatIsNotHeld(sent: readonly SentMessage[]): Promise<void> {
    const { checker, faults } = this.#around;
    const held = await this.storage.held.transact(async (transaction) => ({
      device: await transaction.get('meta', 'device'),
      entries: await transaction.scan('entries'),
      outbox: await transaction.scan('outbox'),
    }));
    const texts = new Set([
      ...held.outbox.map(([, { text }]) => text),
      ...held.entries.map(([, entry]) => (entry.kind === 'message' && entry.device === held.device ? entry.body?.text : undefined)),
    ]);
    // Before it finds out that they are lost, it may let go of the first of a long tail.
    const { tailLengthKept } = faults.plan.clientLimits;
    const isEarly = ({ conversation, text }: SentMessage) => {
      const lost = checker.lostOf(conversation) ?? [];
      const entry = lost.find((each) => each.kind === 'message' && bodyOf('message', each).text === text);
      return entry !== undefined && entry.seq <= (lost.at(-1)?.seq ?? 0) - tailLengthKept;
    };
    for (const message of sent) {
      if (checker.findText(message.text)) continue;
      message.mayChangePlace = true;
      const isLetIn = checker.stateOf(message.conversation).members.has(this.person.knownId);
      if (!isLetIn || !texts.has(message.text) || isEarly(message)) message.mayBeLost = true;
    }
  }

  signal(signal: Signal): void {
    for (const tab of this.tabs) if (tab.actor.isUp) tab.actor.later(0, `signal ${signal}`, () => tab.signal(signal));
  }

  goOffline(forMs: number): void {
    const { world } = this.#around;
    this.#note(`! offline for ${forMs} ms`);
    world.count('device offline');
    this.#offlineUntilMs = world.nowMs + forMs;
    for (const { links } of this.tabs)
      for (const link of links) link.cut({ clientKnows: world.random.chance(0.5), serverKnows: world.random.chance(0.5) });
    if (world.random.chance(0.5)) this.signal('offline');
    world.after(forMs, 'online', () => {
      if (world.random.chance(0.7)) this.signal('online');
    });
  }

  comeOnline(): void {
    this.#offlineUntilMs = 0;
  }

  #note(text: string): void {
    this.#around.world.note(this.name, text);
  }

  #replaceStorage(copy: Copy | null): void {
    const { checker } = this.#around;
    for (const message of this.tabs.flatMap(({ sent }) => sent)) {
      const isKept = checker.findText(message.text) !== undefined || copy?.pendingTexts.has(message.text);
      if (!isKept) message.mayBeLost = true;
      // What the person let go of is there again, while what they wrote after it may stand in the log.
      if (message.isGivenUp && copy?.pendingTexts.has(message.text)) message.mayChangePlace = true;
    }
    this.storageLife++;
    this.isPutBack = copy !== null;
    this.#wasPutBack ||= this.isPutBack;
    this.storage.held = copy?.store ?? new MemoryStore();
    if (copy) this.storage.refreshToken = copy.refreshToken;
    this.#copy = null;
  }
}
