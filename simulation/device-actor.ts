import type { ConversationId } from '@parlour/core/ids';
import type { ConversationView, ParlourClient } from '../packages/sdk/src/client.ts';
import { createClient } from '../packages/sdk/src/create-client.ts';
import type { MemoryStore } from '../packages/sdk/src/memory-store.ts';
import type { Exchange, Platform, Signal, Socket, SocketEvents } from '../packages/sdk/src/platform.ts';
import { isRefused } from '../packages/sdk/src/refusal.ts';
import { StoreFull } from '../packages/sdk/src/store.ts';
import { Actor } from './actor.ts';
import { DeviceStorage, DeviceStore } from './device-store.ts';
import type { Faults } from './faults.ts';
import { Link } from './network.ts';
import type { SentMessage, SimulatedPerson } from './person.ts';
import { ScreenWatch } from './screen-watch.ts';
import type { ServerActor } from './server-actor.ts';
import type { WireWatch } from './wire-watch.ts';
import type { World } from './world.ts';

type Copy = { readonly store: MemoryStore; readonly refreshToken: string | null; readonly pendingTexts: ReadonlySet<string> };

/** One device of one person: the SDK's own client over a storage that outlives it. */
export class DeviceActor {
  readonly actor: Actor;
  readonly person: SimulatedPerson;
  readonly sent: SentMessage[] = [];
  readonly storage = new DeviceStorage();
  client: ParlourClient | null = null;
  readonly views = new Map<ConversationId, ConversationView>();
  readonly #world: World;
  readonly #faults: Faults;
  readonly #server: ServerActor;
  readonly #watch: WireWatch;
  readonly #links = new Set<Link>();
  readonly #listeners = new Set<(signal: Signal) => void>();
  #storageLife = 0;
  #isPutBack = false;
  #wasPutBack = false;
  #offlineUntilMs = 0;
  #copy: Copy | null = null;
  #enteringSinceMs: number | null = null;

  constructor(of: {
    name: string;
    stream: number;
    person: SimulatedPerson;
    world: World;
    faults: Faults;
    server: ServerActor;
    watch: WireWatch;
  }) {
    this.actor = new Actor(of.world, of.name, of.stream);
    this.person = of.person;
    this.#world = of.world;
    this.#faults = of.faults;
    this.#server = of.server;
    this.#watch = of.watch;
  }

  get isOffline(): boolean {
    return this.#offlineUntilMs > this.#world.nowMs;
  }

  get links(): readonly Link[] {
    return [...this.#links];
  }

  start(): void {
    this.actor.start();
    this.actor.note('! starts');
    const store = new DeviceStore(this.actor, this.storage, this.#faults);
    createClient({ platform: this.#platform(), store, url: 'http://parlour.example', label: this.actor.name }).then(
      (client) => this.#started(client),
      (error) => {
        // A device that takes nothing cannot even say who leads: its person tries again.
        if (!(error instanceof StoreFull)) throw error;
        this.actor.note('! cannot start, it is full');
        this.#world.count('start refused by a full device');
        this.actor.later(2_000, 'start again', () => this.start());
      },
    );
  }

  #started(client: ParlourClient): void {
    this.client = client;
    this.actor.note('! shows what it holds');
    client.status.subscribe(() => this.actor.note(`status ${JSON.stringify(client.status.get())}`));
    client.conversations.subscribe(() => this.#openNewViews());
    this.#openNewViews();
  }

  crash(): void {
    if (!this.actor.isUp) return;
    this.actor.note('! crashes');
    this.#world.count('device crash');
    this.actor.crash();
    this.client = null;
    this.#enteringSinceMs = null;
    this.views.clear();
    this.#listeners.clear();
    for (const link of this.links) link.clientDied(!this.#faults.chance(0.3));
    this.#links.clear();
  }

  /** Everything kept on the device is gone. */
  evict(): void {
    this.actor.note('! storage evicted');
    this.#world.count('storage evicted');
    this.#replaceStorage(null);
  }

  /** For a later `restore`, once: put back twice, a storage cannot know under which id a message went meanwhile. */
  async keepCopy(): Promise<void> {
    if (this.#wasPutBack) return;
    const pending = await this.storage.held.transact((transaction) => transaction.scan('outbox'));
    const pendingTexts = new Set(pending.map(([, { text }]) => text));
    this.#copy = { store: await this.storage.held.copy(), refreshToken: this.storage.refreshToken, pendingTexts };
    this.actor.note('! storage copied');
  }

  /** The storage is again as it was when the copy was made. */
  async restore(): Promise<boolean> {
    const copy = this.#copy;
    if (!copy) return false;
    this.actor.note('! storage restored from the copy');
    this.#watch.wentBack(this.actor.name);
    this.#world.count('storage restored');
    this.#replaceStorage(copy);
    return true;
  }

  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  goOffline(forMs: number): void {
    this.actor.note(`! offline for ${forMs} ms`);
    this.#offlineUntilMs = this.#world.nowMs + forMs;
    for (const link of this.links) link.cut({ clientKnows: this.#world.random.chance(0.5), serverKnows: this.#world.random.chance(0.5) });
    if (this.#world.random.chance(0.5)) this.signal('offline');
    this.actor.later(forMs, 'online', () => {
      if (this.#world.random.chance(0.7)) this.signal('online');
    });
  }

  comeOnline(): void {
    this.#offlineUntilMs = 0;
  }

  /** The person logs in where nobody is logged in. */
  enterIfOut(): void {
    const { client } = this;
    if (client?.status.get().auth !== 'out') return;
    const isUnderWay = this.#enteringSinceMs !== null && this.#world.nowMs - this.#enteringSinceMs < 20_000;
    if (isUnderWay) return;
    this.#enteringSinceMs = this.#world.nowMs;
    void this.#enter(client);
  }

  send(conversation: ConversationId, text: string): void {
    const view = this.#viewOf(conversation);
    if (!view) return;
    const message: SentMessage = {
      conversation,
      text,
      storageLife: this.#storageLife,
      mayChangePlace: this.#isPutBack,
      outcome: 'open',
      mayBeLost: false,
    };
    this.sent.push(message);
    const name = text.split(' ', 1)[0];
    this.actor.note(`${conversation} sends ${name}`);
    void view.send(text).then((answer) => {
      message.outcome = isRefused(answer) ? 'refused' : 'kept';
      this.actor.note(`${conversation} ${name}: ${isRefused(answer) ? answer.refused : `n ${answer}`}`);
    });
  }

  #viewOf(conversation: ConversationId): ConversationView | null {
    return this.views.get(conversation) ?? this.openView(conversation);
  }

  openView(conversation: ConversationId): ConversationView | null {
    if (!this.client) return null;
    const view = this.client.conversation(conversation);
    const { checker } = this.#server.disk;
    const watch = new ScreenWatch({ world: this.#world, checker, person: this.person, deviceName: this.actor.name, conversation });
    view.timeline.subscribe(() => watch.look(view.timeline.get()));
    this.views.set(conversation, view);
    return view;
  }

  closeView(conversation: ConversationId): void {
    this.views.get(conversation)?.close();
    this.views.delete(conversation);
  }

  #openNewViews(): void {
    for (const { id } of this.client?.conversations.get() ?? []) if (!this.views.has(id)) this.openView(id);
  }

  async #enter(client: ParlourClient): Promise<void> {
    const { person } = this;
    const isNew = person.id === null;
    const me = isNew ? await client.register(person.form) : await client.logIn({ name: person.name, password: person.password });
    this.#enteringSinceMs = null;
    this.actor.note(`logs in: ${isRefused(me) ? me.refused : 'ok'}`);
    this.#world.count('log in');
    if (!isRefused(me)) person.id = me.id;
  }

  #replaceStorage(copy: Copy | null): void {
    const { checker } = this.#server.disk;
    for (const message of this.sent) {
      const isKept = checker.findText(message.text) !== undefined || copy?.pendingTexts.has(message.text);
      if (!isKept) message.mayBeLost = true;
    }
    this.#storageLife++;
    this.#isPutBack = copy !== null;
    this.#wasPutBack ||= this.#isPutBack;
    this.storage.held = copy?.store ?? new (this.storage.held.constructor as new () => MemoryStore)();
    if (copy) this.storage.refreshToken = copy.refreshToken;
    this.#copy = null;
  }

  #platform(): Platform {
    const { actor, storage } = this;
    return {
      environment: actor.environment(),
      connect: (_url, events) => this.#connect(events),
      exchange: this.#exchange,
      signals: {
        isVisible: () => true,
        subscribe: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      tabs: null,
      credentials: {
        load: async () => storage.refreshToken,
        save: async (token) => {
          storage.refreshToken = token;
        },
      },
      loginHint: null,
    };
  }

  #connect(events: SocketEvents): Socket {
    const link = new Link({
      client: this.actor,
      server: this.#server,
      faults: this.#faults,
      events,
      watch: this.#watch,
      ended: (ended) => {
        this.#links.delete(ended);
        this.#server.links.delete(ended);
      },
    });
    this.#world.count('connect');
    this.#links.add(link);
    this.#server.links.add(link);
    if (this.isOffline) link.cut({ clientKnows: this.#world.random.chance(0.8), serverKnows: false });
    else link.open();
    return link;
  }

  readonly #exchange: Exchange = (request) =>
    new Promise((resolve, reject) => {
      const { random } = this.#world;
      const { latencyMsMax } = this.#faults.plan;
      this.actor.later(random.between(1, latencyMsMax + 1), 'http request', async () => {
        const answer = this.isOffline ? null : await this.#server.answerHttp(request, this.actor.name);
        this.actor.later(random.between(1, latencyMsMax + 1), 'http answer', () => {
          if (answer) resolve(answer);
          else reject(new TypeError('the network failed'));
        });
      });
    });
}
