import type { ConversationId } from '@parlour/core/ids';
import type { ConversationView, ParlourClient } from '../packages/sdk/src/client.ts';
import { createClient } from '../packages/sdk/src/create-client.ts';
import type { Exchange, Platform, Signal, Socket, SocketEvents } from '../packages/sdk/src/platform.ts';
import { isRefused } from '../packages/sdk/src/refusal.ts';
import { StoreFull } from '../packages/sdk/src/store.ts';
import { downloadOver } from '../packages/sdk/src/whole-download.ts';
import { Actor } from './actor.ts';
import type { Device } from './device.ts';
import { DeviceStore } from './device-store.ts';
import type { Faults } from './faults.ts';
import type { LogChecker } from './log-checker.ts';
import { Link } from './network.ts';
import type { SentMessage } from './person.ts';
import { ScreenWatch } from './screen-watch.ts';
import type { ServerActor } from './server-actor.ts';
import type { WireWatch } from './wire-watch.ts';
import type { World } from './world.ts';

export type Surroundings = {
  readonly world: World;
  readonly faults: Faults;
  readonly checker: LogChecker;
  /** Whichever a balancer in front of them would pick: it may be one that is down. */
  readonly anyServer: () => ServerActor;
  readonly watch: WireWatch;
};

/** A request that was not answered by then fails, as in the platforms of the product. */
const httpPatienceMs = 20_000;

/** One tab of a browser, or a program: the SDK's own client over the device's storage. */
export class Tab {
  readonly actor: Actor;
  readonly device: Device;
  readonly sent: SentMessage[] = [];
  client: ParlourClient | null = null;
  readonly views = new Map<ConversationId, ConversationView>();
  isVisible: boolean;
  readonly #around: Surroundings;
  readonly #links = new Set<Link>();
  readonly #listeners = new Set<(signal: Signal) => void>();
  #enteringSinceMs: number | null = null;
  #wasLeader = false;
  #isClosing = false;

  constructor(of: { name: string; stream: number; isVisible: boolean; device: Device; around: Surroundings }) {
    this.actor = new Actor(of.around.world, of.name, of.stream);
    this.device = of.device;
    this.isVisible = of.isVisible;
    this.#around = of.around;
  }

  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Someone could use it now. */
  get isAtHand(): boolean {
    return this.client !== null && this.actor.isUp && !this.actor.isPaused;
  }

  start(): void {
    const { world, faults } = this.#around;
    this.actor.start();
    this.actor.note('! starts');
    const store = new DeviceStore(this.actor, this.device.storage, faults);
    const { name: label } = this.actor;
    const { clientLimits: limits } = faults.plan;
    createClient({ platform: this.#platform(), store, limits, url: 'http://parlour.example', label }).then(
      (client) => this.#started(client),
      (error) => {
        // A device that takes nothing cannot even say who leads: its person tries again.
        if (!(error instanceof StoreFull)) throw error;
        this.actor.note('! cannot start, it is full');
        world.count('start refused by a full device');
        this.actor.later(2_000, 'start again', () => this.start());
      },
    );
  }

  crash(): void {
    if (!this.actor.isUp) return;
    this.actor.note('! crashes');
    this.actor.crash();
    this.client = null;
    this.#enteringSinceMs = null;
    this.#wasLeader = false;
    this.#isClosing = false;
    this.views.clear();
    this.#listeners.clear();
    this.device.tabNets?.died(this.actor);
    for (const link of this.links) link.clientDied(!this.#around.faults.chance(0.3));
    this.#links.clear();
  }

  /** As a browser closes a tab: it may still say so, and then it is gone. */
  close(): void {
    if (!this.actor.isUp) return;
    this.actor.note('! is closed');
    this.#isClosing = true;
    void this.client?.close();
    this.actor.later(this.#around.world.random.between(0, 40), 'closed', () => this.crash());
  }

  /** Runs from now on, whatever became of it; one that was being closed is a new one. */
  ensureUp(): void {
    if (this.#isClosing) this.crash();
    if (!this.actor.isUp) this.start();
  }

  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  show(isVisible: boolean): void {
    if (this.isVisible === isVisible) return;
    this.isVisible = isVisible;
    if (this.actor.isUp) this.actor.later(0, 'shown or hidden', () => this.signal(isVisible ? 'visible' : 'hidden'));
  }

  /** The person logs in where nobody is logged in. */
  enterIfOut(): void {
    const { client } = this;
    if (client?.status.get().auth !== 'out') return;
    const { nowMs } = this.#around.world;
    const isUnderWay = this.#enteringSinceMs !== null && nowMs - this.#enteringSinceMs < 25_000;
    if (isUnderWay) return;
    this.#enteringSinceMs = nowMs;
    void this.#enter(client);
  }

  send(conversation: ConversationId, text: string): void {
    const view = this.views.get(conversation) ?? this.openView(conversation);
    if (!view) return;
    const { storageLife, isPutBack } = this.device;
    const message: SentMessage = {
      conversation,
      text,
      storageLife,
      mayChangePlace: isPutBack,
      outcome: 'open',
      mayBeLost: false,
      isGivenUp: false,
    };
    this.sent.push(message);
    const name = text.split(' ', 1)[0];
    this.actor.note(`${conversation} sends ${name}`);
    void view.send(text).then((answer) => {
      message.outcome = isRefused(answer) ? 'refused' : 'kept';
      this.actor.note(`${conversation} ${name}: ${isRefused(answer) ? answer.refused : `n ${answer}`}`);
    });
  }

  giveUpFailed(): void {
    for (const [conversation, view] of this.views) {
      for (const { key, n, text, state } of view.timeline.get().pending) {
        if (state !== 'failed') continue;
        this.actor.note(`${conversation} gives up n ${n}`);
        this.#around.world.count('message given up');
        const message = this.device.findSent(text);
        if (message) message.isGivenUp = true;
        this.#around.watch.letGo(this.device.name, n);
        void view.discard(key);
      }
      for (const { key, n, state } of view.timeline.get().pendingActs) {
        if (state !== 'failed') continue;
        this.actor.note(`${conversation} gives up the act n ${n}`);
        this.#around.watch.letGo(this.device.name, n);
        void view.discard(key);
      }
    }
  }

  openView(conversation: ConversationId): ConversationView | null {
    if (!this.client) return null;
    const { world, checker } = this.#around;
    const view = this.client.conversation(conversation);
    const { person } = this.device;
    const isGivenUp = (text: string) => this.device.findSent(text)?.isGivenUp ?? false;
    const watch = new ScreenWatch({ world, checker, person, deviceName: this.actor.name, conversation, isGivenUp });
    view.timeline.subscribe(() => watch.look(view.timeline.get()));
    this.views.set(conversation, view);
    return view;
  }

  closeView(conversation: ConversationId): void {
    this.views.get(conversation)?.close();
    this.views.delete(conversation);
  }

  #started(client: ParlourClient): void {
    this.client = client;
    this.actor.note('! shows what it holds');
    client.status.subscribe(() => this.#statusChanged(client));
    this.#statusChanged(client);
    client.conversations.subscribe(() => this.#openNewViews());
    this.#openNewViews();
  }

  #statusChanged(client: ParlourClient): void {
    const status = client.status.get();
    this.actor.note(`status ${JSON.stringify(status)}`);
    const isLeader = status.role === 'leader';
    if (isLeader !== this.#wasLeader) this.#around.world.count(isLeader ? 'tab begins to lead' : 'tab is replaced as leader');
    this.#wasLeader = isLeader;
  }

  #openNewViews(): void {
    for (const { id } of this.client?.conversations.get() ?? []) if (!this.views.has(id)) this.openView(id);
  }

  async #enter(client: ParlourClient): Promise<void> {
    const { person } = this.device;
    const isNew = person.id === null;
    const me = isNew ? await client.register(person.form) : await client.logIn({ name: person.name, password: person.password });
    this.#enteringSinceMs = null;
    this.actor.note(`logs in: ${isRefused(me) ? me.refused : 'ok'}`);
    this.#around.world.count('log in');
    if (!isRefused(me)) person.id = me.id;
  }

  #platform(): Platform {
    const { actor, device } = this;
    const { storage, tabNets, cookies } = device;
    const programCredentials: Platform['credentials'] = {
      load: async () => storage.refreshToken,
      save: async (token) => {
        storage.refreshToken = token;
      },
    };
    return {
      environment: actor.environment(),
      connect: (_url, events) => this.#connect(events),
      exchange: this.#exchange,
      download: downloadOver(this.#exchange),
      signals: {
        isVisible: () => this.isVisible,
        subscribe: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      tabs: tabNets?.of(actor) ?? null,
      credentials: cookies ? null : programCredentials,
      followsGateways: false,
      loginHint: cookies?.hint ?? null,
    };
  }

  #connect(events: SocketEvents): Socket {
    const { world, faults, watch } = this.#around;
    const server = this.#around.anyServer();
    const link = new Link({
      client: this.actor,
      deviceName: this.device.name,
      server,
      faults,
      events,
      watch,
      ended: (ended) => {
        this.#links.delete(ended);
        server.links.delete(ended);
      },
    });
    world.count('connect');
    this.actor.note(`connects to ${server.actor.name}`);
    this.#links.add(link);
    server.links.add(link);
    if (this.device.isOffline) link.cut({ clientKnows: world.random.chance(0.8), serverKnows: false });
    else link.open();
    return link;
  }

  /** Either way of a request may be lost, and whoever asked learns of it late or never hears. */
  readonly #exchange: Exchange = (request) =>
    new Promise((resolve, reject) => {
      const { world, faults } = this.#around;
      const { cookies, isOffline } = this.device;
      const { latencyMsMax, httpLossChance } = faults.plan;
      const lives = this.actor.thisLife();
      const fail = () => reject(new TypeError('the network failed'));
      this.actor.later(httpPatienceMs, 'http patience', fail);
      if (isOffline) return void this.actor.later(1, 'http offline', fail);
      if (faults.chance(httpLossChance)) return world.count('http request lost');
      const asked = cookies?.send(request) ?? request;
      world.after(world.random.between(1, latencyMsMax + 1), 'http request', async () => {
        const answer = await this.#around.anyServer().answerHttp(asked, this.device.name);
        if (answer && faults.chance(httpLossChance)) return world.count('http answer lost');
        world.after(world.random.between(1, latencyMsMax + 1), 'http answer', () => {
          const shown = answer && (cookies?.receive(request, answer) ?? answer);
          // The cookies are the browser's; the answer is of nobody else than who asked.
          if (lives()) this.actor.later(0, 'http answered', () => (shown ? resolve(shown) : fail()));
        });
      });
    });
}
