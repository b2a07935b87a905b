import { type KnownGateway, loadOf, orderByTwoChoices } from '../apps/server/src/usecases/gateway-order.ts';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { percentile, sortedNumbers } from './measure.ts';

/** A gateway as one of those who are asked sees it. */
type Seen = { facts: KnownGateway['facts']; sentThere: number; readonly index: number };
/** @returns whom to send the next client to */
type Choose = (seen: readonly Seen[]) => Seen;

/** Ways to choose, each made anew for a run. */
const ways = {
  /** As a load balancer does that knows nothing. */
  'taking turns': () => {
    let turn = 0;
    return (seen) => seen[turn++ % seen.length] as Seen;
  },
  'two choices': (random) => (seen) => orderByTwoChoices(seen, { random, listedMax: 1 })[0] as Seen,
  'the least busy': () => (seen) => seen.reduce((best, each) => (loadOf(each) < loadOf(best) ? each : best)),
} as const satisfies Readonly<Record<string, (random: () => number) => Choose>>;

export type Way = keyof typeof ways;

export type Situation = {
  /** What a gateway gets done in a second, against the usual; one a gateway. */
  readonly speeds: readonly number[];
  /** The part of its time that an average client's gateway is busy when all are of the usual speed and have as many. */
  readonly utilisation: number;
  /** One in a hundred clients costs so many times as much as the others. */
  readonly heavyTimes: number;
  /** Gateways that join when the measuring begins. */
  readonly joining: number;
  /** Whether then everybody comes back at once. */
  readonly isReconnecting: boolean;
};

const even = { speeds: [1, 1, 1, 1, 1, 1, 1, 1], utilisation: 0.4, heavyTimes: 1, joining: 0, isReconnecting: false } as const;
const situations = {
  'uneven load': { ...even, heavyTimes: 100 },
  'a slow node': { ...even, speeds: [1 / 3, 1, 1, 1, 1, 1, 1, 1], utilisation: 0.3 },
  'a node added': { ...even, joining: 1 },
  'everyone reconnecting': { ...even, isReconnecting: true },
  'everyone reconnecting, a node added': { ...even, joining: 1, isReconnecting: true },
} as const satisfies Readonly<Record<string, Situation>>;

export type Placement = {
  /** From a client's coming until it is greeted. */
  readonly waitMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The greatest part of the clients of one second that one gateway got. */
  readonly largestShare: number;
  /** The same, of those that joined; null where none did. */
  readonly largestShareOfNew: number | null;
  /** How busy the busiest gateway was, in 99 of 100 seconds at most. */
  readonly busiest: number;
};

const arrivalsPerSecond = 500;
const staysMs = 60_000;
const warmUpMs = 180_000;
const measuredMs = 60_000;
const saysEveryMs = 1_000;
const returnWithinMs = 5_000;
/** What greeting a client takes, as measured. */
const greetingMs = 0.5;
const connectionsMax = 50_000;
const heavyShare = 0.01;
/** What is left for greeting where everything else takes all. */
const leastLeft = 0.02;

type Gateway = {
  readonly speed: number;
  readonly joinsAt: number;
  connections: number;
  /** What its clients cost in a second, in milliseconds at the usual speed. */
  clientsMs: number;
  /** When it has greeted all who came. */
  freeAt: number;
  /** Time that greeting took or will take. */
  greetingMs: number;
  greetedBefore: number;
  arrivals: number;
};

type Client = { readonly costMs: number; readonly gateway: Gateway };

/** Gateways, clients that come and go, and what is known of the gateways by those who are asked. Steps are milliseconds. */
class PlacementWorld {
  readonly #situation: Situation;
  readonly #random: SeededRandom;
  readonly #choose: Choose;
  readonly #gateways: Gateway[];
  /** Each gateway is asked for the list, too, and counts only those whom it sent itself. */
  readonly #views: Seen[][];
  readonly #leaving = new Map<number, Set<Client>>();
  readonly #usualCostMs: number;
  readonly #waits: number[] = [];
  readonly #busiest: number[] = [];
  #busiestNow = 0;
  #largestShare = 0;
  #largestShareOfNew = 0;
  #toReturn = 0;

  constructor(situation: Situation, way: Way, seed: number) {
    this.#situation = situation;
    this.#random = new SeededRandom(seed);
    const chances = new SeededRandom(seed, 1);
    this.#choose = ways[way](() => chances.fraction());
    const { speeds, joining, utilisation, heavyTimes } = situation;
    const begun = { connections: 0, clientsMs: 0, freeAt: 0, greetingMs: 0, greetedBefore: 0, arrivals: 0 };
    this.#gateways = [
      ...speeds.map((speed) => ({ ...begun, speed, joinsAt: 0 })),
      ...Array.from({ length: joining }, () => ({ ...begun, speed: 1, joinsAt: warmUpMs })),
    ];
    this.#views = this.#gateways.map(() => []);
    const clientsOfOne = (arrivalsPerSecond * staysMs) / 1_000 / speeds.length;
    this.#usualCostMs = (utilisation * 1_000) / clientsOfOne / (1 - heavyShare + heavyShare * heavyTimes);
  }

  run(): Placement {
    for (let now = 0; now < warmUpMs + measuredMs; now++) this.#step(now);
    const waits = sortedNumbers(this.#waits);
    return {
      waitMs: { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), max: percentile(waits, 1) },
      largestShare: this.#largestShare,
      largestShareOfNew: this.#situation.joining > 0 ? this.#largestShareOfNew : null,
      busiest: percentile(sortedNumbers(this.#busiest), 0.99),
    };
  }

  #step(now: number): void {
    if (now === warmUpMs && this.#situation.isReconnecting) this.#cutAll();
    for (const client of this.#leaving.get(now) ?? []) this.#leave(client);
    this.#leaving.delete(now);
    // They say how busy they are each at a time of its own.
    for (const [index, gateway] of this.#gateways.entries()) {
      const phase = Math.floor((index * saysEveryMs) / this.#gateways.length);
      if (now >= gateway.joinsAt && now % saysEveryMs === phase) this.#say(index, now);
    }
    const isReturning = this.#toReturn > 0 && now < warmUpMs + returnWithinMs;
    const expected = arrivalsPerSecond / 1_000 + (isReturning ? this.#toReturn / returnWithinMs : 0);
    let count = Math.floor(expected);
    if (this.#random.chance(expected - count)) count++;
    for (; count > 0; count--) this.#arrive(now);
    if (now % 1_000 === 999) this.#tally(now);
  }

  #cutAll(): void {
    for (const clients of this.#leaving.values())
      for (const client of clients) {
        this.#leave(client);
        this.#toReturn++;
      }
    this.#leaving.clear();
  }

  #say(index: number, now: number): void {
    const gateway = this.#gateways[index] as Gateway;
    const utilisation = this.#utilisationOf(gateway, now);
    this.#busiestNow = Math.max(this.#busiestNow, utilisation);
    const facts = { connections: gateway.connections, connectionsMax, utilisation };
    for (const seen of this.#views) {
      const known = seen.find((each) => each.index === index);
      if (known) Object.assign(known, { facts, sentThere: 0 });
      else seen.push({ facts, sentThere: 0, index });
    }
  }

  /** The part of the last second that it was busy: with greeting, and the rest of the time with what its clients do. */
  #utilisationOf(gateway: Gateway, now: number): number {
    const greeted = gateway.greetingMs - Math.max(0, gateway.freeAt - now);
    const greetingShare = (greeted - gateway.greetedBefore) / saysEveryMs;
    gateway.greetedBefore = greeted;
    return Math.min(1, greetingShare + (1 - greetingShare) * busyWithClients(gateway));
  }

  #arrive(now: number): void {
    const askable = now < warmUpMs ? this.#situation.speeds.length : this.#gateways.length;
    const asked = this.#views[this.#random.between(0, askable)] ?? [];
    // Nobody has said anything yet.
    const seen = asked.length > 0 ? this.#choose(asked) : null;
    if (seen) seen.sentThere++;
    const gateway = seen ? (this.#gateways[seen.index] as Gateway) : this.#random.pick(this.#gateways.slice(0, askable));
    const takesMs = greetingMs / gateway.speed / Math.max(leastLeft, 1 - busyWithClients(gateway));
    gateway.freeAt = Math.max(now, gateway.freeAt) + takesMs;
    gateway.greetingMs += takesMs;
    gateway.arrivals++;
    if (now >= warmUpMs) this.#waits.push(gateway.freeAt - now);
    const costMs = this.#usualCostMs * (this.#random.chance(heavyShare) ? this.#situation.heavyTimes : 1);
    gateway.connections++;
    gateway.clientsMs += costMs;
    const leavesAt = now + 1 + Math.floor(-Math.log(1 - this.#random.fraction()) * staysMs);
    const leaving = this.#leaving.get(leavesAt) ?? new Set();
    this.#leaving.set(leavesAt, leaving.add({ costMs, gateway }));
  }

  #leave({ gateway, costMs }: Client): void {
    gateway.connections--;
    gateway.clientsMs -= costMs;
  }

  #tally(now: number): void {
    const total = this.#gateways.reduce((sum, { arrivals }) => sum + arrivals, 0);
    for (const gateway of this.#gateways) {
      const share = gateway.arrivals / total;
      gateway.arrivals = 0;
      if (now < warmUpMs) continue;
      this.#largestShare = Math.max(this.#largestShare, share);
      if (gateway.joinsAt > 0) this.#largestShareOfNew = Math.max(this.#largestShareOfNew, share);
    }
    if (now >= warmUpMs) this.#busiest.push(this.#busiestNow);
    this.#busiestNow = 0;
  }
}

function busyWithClients({ clientsMs, speed }: Gateway): number {
  return Math.min(1, clientsMs / 1_000 / speed);
}

/** What becomes of a situation where clients are sent in that way; the same for the same seed. */
export function placed(situation: keyof typeof situations, way: Way, seed: number): Placement {
  return new PlacementWorld(situations[situation], way, seed).run();
}

/** What every way comes to in every situation, to be kept. */
export type PlacementFigures = {
  readonly seed: number;
  readonly rows: readonly { readonly situation: string; readonly way: string; readonly placement: Placement }[];
};

const figuresSeed = 1;

export function placementFigures(): PlacementFigures {
  const names = { situations: Object.keys(situations), ways: Object.keys(ways) } as {
    situations: (keyof typeof situations)[];
    ways: Way[];
  };
  const rows = names.situations.flatMap((situation) =>
    names.ways.map((way) => ({ situation, way, placement: placed(situation, way, figuresSeed) })),
  );
  return { seed: figuresSeed, rows };
}
