import { Connection } from '../apps/server/src/gateway/connection.ts';
import type { GatewayTools } from '../apps/server/src/gateway/gateway-tools.ts';
import type { Hub } from '../apps/server/src/gateway/hub.ts';
import type { Transport } from '../apps/server/src/gateway/outgoing.ts';
import type { FrameBatch } from '../apps/server/src/gateway/shared-frame.ts';
import type { Socket, SocketEvents } from '../packages/sdk/src/platform.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';

/** The other end that a socket finds. */
export type ServerEnd = { readonly actor: Actor; readonly hub: Hub | null; readonly tools: GatewayTools | null };

type Way = {
  readonly receiver: () => Actor;
  readonly underWay: { readonly deliver: () => void; readonly sizeBytes: number }[];
  lastAtMs: number;
  /** Nothing more arrives. */
  lost: boolean;
};

export type LinkWatch = {
  readonly toServer: (link: Link, text: string) => void;
  readonly toClient: (link: Link, text: string) => void;
};

/** One socket: two ways, each in order, each of which may break without the other side learning of it. */
export class Link implements Socket, Transport {
  readonly client: Actor;
  readonly deviceName: string;
  readonly #server: ServerEnd;
  readonly #faults: Faults;
  readonly #events: SocketEvents;
  readonly #watch: LinkWatch;
  readonly #toServer: Way;
  readonly #toClient: Way;
  readonly #ended: (link: Link) => void;
  readonly #clientLives: () => boolean;
  #serverLives: () => boolean = () => false;
  #connection: Connection | null = null;
  /** Written by the server into a way that leads nowhere. */
  #stuckBytes = 0;
  #clientClosed = false;

  constructor(of: {
    client: Actor;
    deviceName: string;
    server: ServerEnd;
    faults: Faults;
    events: SocketEvents;
    watch: LinkWatch;
    ended: (link: Link) => void;
  }) {
    this.client = of.client;
    this.deviceName = of.deviceName;
    this.#server = of.server;
    this.#faults = of.faults;
    this.#events = of.events;
    this.#watch = of.watch;
    this.#ended = of.ended;
    this.#clientLives = of.client.thisLife();
    this.#toServer = { receiver: () => this.#server.actor, underWay: [], lastAtMs: 0, lost: false };
    this.#toClient = { receiver: () => this.client, underWay: [], lastAtMs: 0, lost: false };
  }

  get serverName(): string {
    return this.#server.actor.name;
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  open(): void {
    this.#push(this.#toServer, 'connect', () => this.#arrive());
    if (!this.#server.actor.isUp) this.#push(this.#toClient, 'refused', () => this.#closeAtClient(1006));
  }

  // The client's end

  send(text: string): void {
    this.#watch.toServer(this, text);
    if (!this.#clientClosed) this.#push(this.#toServer, 'frame', () => this.#connection?.receive(text), text.length);
  }

  /** Both the client's way to end it and the server's: the server's says why. */
  close(code?: number): void {
    if (code !== undefined) return this.#closeByServer(code);
    if (this.#clientClosed) return;
    this.#clientClosed = true;
    this.#toClient.lost = true;
    this.#push(this.#toServer, 'close', () => this.#connection?.closed(true));
    this.#ended(this);
  }

  // The server's end

  bufferedBytes(): number {
    return this.#toClient.underWay.reduce((sum, { sizeBytes }) => sum + sizeBytes, this.#stuckBytes);
  }

  write(batch: FrameBatch): void {
    for (const { text } of batch.frames) {
      this.#watch.toClient(this, text);
      if (this.#toClient.lost) this.#stuckBytes += text.length;
      else this.#push(this.#toClient, 'frame', () => this.#receiveAtClient(text), text.length);
    }
  }

  ping(): void {
    this.#push(this.#toClient, 'ping', () => this.#push(this.#toServer, 'pong', () => this.#connection?.sign()));
  }

  destroy(): void {
    this.cut({ clientKnows: !this.#faults.chance(0.5), serverKnows: false });
  }

  // What happens to it

  /** Everything under way is lost. */
  cut({ clientKnows, serverKnows }: { readonly clientKnows: boolean; readonly serverKnows: boolean }): void {
    for (const way of [this.#toServer, this.#toClient]) {
      way.lost = true;
      way.underWay.splice(0);
    }
    const { random } = this.client;
    if (clientKnows) this.client.later(random.between(0, 1_000), 'broken', () => this.#closeAtClient(1006));
    if (serverKnows) {
      this.#server.actor.later(random.between(0, 1_000), 'broken', () => {
        if (this.#serverLives()) this.#connection?.closed(false);
      });
    }
    this.#ended(this);
  }

  /** What was sent still arrives, the end of it perhaps. */
  clientDied(isNoticed: boolean): void {
    this.#toClient.lost = true;
    this.#clientClosed = true;
    if (isNoticed) this.#push(this.#toServer, 'reset', () => this.#connection?.closed(false));
    this.#ended(this);
  }

  serverDied(isNoticed: boolean): void {
    this.#toServer.lost = true;
    if (isNoticed) this.#push(this.#toClient, 'reset', () => this.#closeAtClient(1006));
    this.#ended(this);
  }

  /** One way leads nowhere from now on, and nobody is told. */
  silence(way: 'to client' | 'to server'): void {
    const silent = way === 'to client' ? this.#toClient : this.#toServer;
    silent.lost = true;
    silent.underWay.splice(0);
  }

  #arrive(): void {
    const { hub, tools } = this.#server;
    if (!hub || !tools) return;
    const address = this.deviceName;
    if (hub.admits(address)) return this.#push(this.#toClient, 'refused', () => this.#closeAtClient(1006));
    this.#serverLives = this.#server.actor.thisLife();
    this.#connection = new Connection({ address, hub, tools, transport: this });
    hub.accept(this.#connection);
    this.#push(this.#toClient, 'open', () => {
      if (!this.#clientClosed) this.#events.onOpen();
    });
  }

  #receiveAtClient(text: string): void {
    if (!this.#clientClosed) this.#events.onText(text);
  }

  #closeByServer(code: number): void {
    this.client.world.count(`closed by the server with ${code}`);
    this.#push(this.#toClient, 'close', () => this.#closeAtClient(this.#faults.chance(0.2) ? 1006 : code));
  }

  #closeAtClient(code: number): void {
    if (this.#clientClosed || !this.#clientLives()) return;
    this.#clientClosed = true;
    this.#events.onClose(code);
    this.#ended(this);
  }

  #push(way: Way, what: string, deliver: () => void, sizeBytes = 0): void {
    if (way.lost) return;
    const { world } = this.client;
    const { latencyMsMax } = this.#faults.plan;
    const atMs = Math.max(way.lastAtMs, world.nowMs + world.random.between(1, latencyMsMax + 1));
    way.lastAtMs = atMs;
    way.underWay.push({ deliver, sizeBytes });
    way.receiver().later(atMs - world.nowMs, `net ${what}`, () => {
      if (way.lost) return;
      const arrived = way.underWay.shift();
      if (way === this.#toClient ? this.#clientLives() : !this.#connection || this.#serverLives()) arrived?.deliver();
    });
  }
}
