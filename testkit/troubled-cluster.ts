import { setTimeout as wait } from 'node:timers/promises';
import { ClusterNodes } from './cluster-nodes.ts';
import { CutLine, type LineTrouble } from './cut-line.ts';
import { freePort } from './free-port.ts';
import { KeptUpServer } from './kept-up-server.ts';
import { LoadBalancer } from './load-balancer.ts';
import { NatsServer } from './nats-server.ts';
import { PostgresPair } from './postgres-pair.ts';
import type { PostgresServer } from './postgres-server.ts';
import { type Engine, engines, subjectOf, type Trouble, type TroubleKind } from './troubles.ts';

const fillEveryMs = 250;

type Lines = Readonly<Record<Engine, CutLine>>;
type Place = { readonly server: KeptUpServer; readonly lines: Lines };

/** Whoever talks with the servers meanwhile, and looks at what becomes of what was said. */
export type Watcher = {
  /** Resolves once some more messages have been acknowledged. */
  readonly acknowledged: () => Promise<void>;
  /** Another takes the place of a PostgreSQL, and lacks what that one wrote last. Nobody has reached it yet. */
  readonly tailLost: (of: { readonly formerUrl: string; readonly url: string }) => Promise<void>;
};

/** Servers behind a balancer, each with lines of its own to a PostgreSQL and a NATS that all share; and what may become of any of them. */
export class TroubledCluster implements AsyncDisposable {
  /** Asked when something happens. */
  watcher: Watcher | null = null;
  readonly balancer: LoadBalancer;
  readonly #postgres: PostgresPair;
  readonly #nats: NatsServer;
  readonly #places: readonly Place[];
  readonly #stack: AsyncDisposableStack;
  /** What a subject suffers now; the next waits for it. */
  readonly #suffering = new Map<string, Promise<void>>();

  private constructor(of: {
    postgres: PostgresPair;
    nats: NatsServer;
    balancer: LoadBalancer;
    places: readonly Place[];
    stack: AsyncDisposableStack;
  }) {
    this.#postgres = of.postgres;
    this.balancer = of.balancer;
    this.#nats = of.nats;
    this.#places = of.places;
    this.#stack = of.stack;
  }

  /** @param seed writes what is there before any server starts */
  static async start(serverCount: number, seed: (postgresUrl: string) => Promise<void>): Promise<TroubledCluster> {
    await using stack = new AsyncDisposableStack();
    const pair = stack.use(await PostgresPair.start());
    const postgres = pair.primary;
    const nats = stack.use(await NatsServer.start());
    await seed(postgres.url());
    const linesOfAll: Lines[] = [];
    for (let index = 0; index < serverCount; index++) {
      linesOfAll.push({ PostgreSQL: stack.use(await CutLine.to(postgres.port)), NATS: stack.use(await CutLine.to(nats.port)) });
    }
    // Stopped while they still reach what they need.
    const nodes = stack.use(new ClusterNodes({ postgresUrl: postgres.url(), natsUrl: nats.url }));
    const places: Place[] = [];
    const ports: number[] = [];
    for (const lines of linesOfAll) {
      const port = await freePort();
      const env = {
        PARLOUR_POSTGRES_URL: postgres.url().replace(`:${postgres.port}/`, `:${lines.PostgreSQL.port}/`),
        PARLOUR_NATS_URL: `nats://127.0.0.1:${lines.NATS.port}`,
        PARLOUR_NODE_URL: `http://127.0.0.1:${port}`,
      };
      places.push({ server: new KeptUpServer(() => nodes.start(env, port)), lines });
      ports.push(port);
    }
    await Promise.all(places.map(({ server }) => server.up()));
    const balancer = stack.use(await LoadBalancer.before(ports));
    return new TroubledCluster({ postgres: pair, nats, balancer, places, stack: stack.move() });
  }

  /** The one that serves now. */
  get postgres(): PostgresServer {
    return this.#postgres.primary;
  }

  /** What cannot be done to it here, and why. */
  get leftOut(): Partial<Record<TroubleKind, string>> {
    const { whyNoDisk } = this.#postgres;
    return whyNoDisk === null ? {} : { 'PostgreSQL disk full': whyNoDisk };
  }

  /** So often a server ended, and nobody had killed it. */
  get endedCount(): number {
    return this.#places.reduce((sum, { server }) => sum + server.endedCount, 0);
  }

  get failedStartCount(): number {
    return this.#places.reduce((sum, { server }) => sum + server.failedStartCount, 0);
  }

  /** Resolves when it is over. */
  suffer(trouble: Trouble): Promise<void> {
    const subject = subjectOf(trouble.kind, trouble.server);
    const over = (this.#suffering.get(subject) ?? Promise.resolve()).then(() => this.#happen(trouble));
    this.#suffering.set(subject, over);
    return over;
  }

  /** All that suffered is well again. */
  async healed(): Promise<void> {
    await Promise.all(this.#suffering.values());
    await Promise.all(this.#places.map(({ server }) => server.up()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#suffering.values());
    await Promise.allSettled(this.#places.map(({ server }) => server.up()));
    for (const { server } of this.#places) server.release();
    await this.#stack.disposeAsync();
  }

  async #happen({ kind, server, forMs, lateMs }: Trouble): Promise<void> {
    switch (kind) {
      case 'server killed':
        return this.#at(server).server.killFor(forMs);
      case 'server paused':
        return this.#at(server).server.pauseFor(forMs);
      case 'PostgreSQL killed':
        return this.#killEngine(this.postgres, forMs);
      case 'PostgreSQL paused':
        return this.#pauseEngine(this.postgres, forMs);
      case 'PostgreSQL disk full':
        return this.#fillDisk(forMs);
      case 'PostgreSQL failed over':
      case 'PostgreSQL failed over without its tail':
        return this.#failOver(kind, forMs);
      case 'NATS killed':
        return this.#killEngine(this.#nats, forMs);
      case 'NATS paused':
        return this.#pauseEngine(this.#nats, forMs);
      default:
        return this.#troubleLine(this.#at(server).lines, { kind, forMs, lateMs });
    }
  }

  async #killEngine(engine: PostgresServer | NatsServer, forMs: number): Promise<void> {
    await engine.kill();
    await wait(forMs);
    await engine.start();
  }

  async #pauseEngine(engine: PostgresServer | NatsServer, forMs: number): Promise<void> {
    await engine.pause();
    try {
      await wait(forMs);
    } finally {
      await engine.resume();
    }
  }

  /** What it removes to have room is taken away too. It may give up, and is started again as a service manager would. */
  async #fillDisk(forMs: number): Promise<void> {
    try {
      for (const untilMs = performance.now() + forMs; performance.now() < untilMs; await wait(fillEveryMs)) {
        this.#postgres.fillDisk();
        this.postgres.startAgain();
      }
    } finally {
      this.#postgres.makeRoom();
    }
    await this.postgres.start();
  }

  /** @param forMs from the death of the one until the other is in its place */
  async #failOver(kind: 'PostgreSQL failed over' | 'PostgreSQL failed over without its tail', forMs: number): Promise<void> {
    const { watcher } = this;
    const losesTail = kind !== 'PostgreSQL failed over';
    if (losesTail) this.#postgres.cutReplica();
    else await this.#postgres.commitTogether();
    await watcher?.acknowledged();
    await this.postgres.kill();
    this.#pointTo(null);
    await wait(forMs);
    const former = await this.#postgres.promote();
    if (losesTail) {
      // Alone, so that it can be looked at what it had written.
      await former.start();
      await watcher?.tailLost({ formerUrl: former.url(), url: this.postgres.url() });
      await former.kill();
    }
    this.#pointTo(this.postgres.port);
    former.removeData();
    await this.#postgres.makeReplica();
  }

  #pointTo(port: number | null): void {
    for (const { lines } of this.#places) lines.PostgreSQL.pointTo(port);
  }

  async #troubleLine(lines: Lines, { kind, forMs, lateMs }: { kind: TroubleKind; forMs: number; lateMs: number }): Promise<void> {
    const engine = engines.find((each) => kind.includes(each));
    if (engine === undefined) throw new TypeError(`no line has the trouble ${kind}`);
    const what = kind.slice(kind.lastIndexOf(' ') + 1) as LineTrouble['what'];
    lines[engine].suffer(what === 'slow' ? { what, lateMs } : { what });
    await wait(forMs);
    lines[engine].heal();
  }

  #at(server: number | null): Place {
    const place = this.#places[server ?? -1];
    if (!place) throw new TypeError(`there is no server ${server}`);
    return place;
  }
}
