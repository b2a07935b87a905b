import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { MonotonicMs, WallMs } from '@parlour/core/ids';
import type { Bus, NodeFacts, NodeName, Notice } from '../ports/bus.ts';
import { orderByTwoChoices } from './gateway-order.ts';

/**
 * - joined: it renews its lease   - draining: it does, and hands its clients over
 * - suspect: its lease has lapsed, and two others ask it   - lost: neither got an answer   - removed: it said that it leaves
 */
export type NodeState = 'joined' | 'draining' | 'suspect' | 'lost' | 'removed';

export type KnownNode = NodeFacts & {
  readonly state: NodeState;
  /** When it was heard last, by this node's clock. */
  readonly heardAt: WallMs;
};

export type NodeRegistryOptions = {
  readonly node: NodeName;
  readonly bus: Bus;
  readonly environment: Environment;
  /** What this node says of itself, as it is now. */
  readonly facts: () => Omit<NodeFacts, 'node' | 'isDraining'>;
  /** Asks a node by the address that it gave. */
  readonly probe: (url: string) => Promise<boolean>;
};

/** How often a node renews its lease, and how long it lasts without. A lost or draining node is out of every list within 5 s. */
const leaseTimes = { renewEveryMs: 1_000, lapsesAfterMs: 3_500, toldOfMs: 15_000, rememberedMs: 600_000 } as const;
/** Whoever asks for a node whose lease has lapsed: enough that one of them is not cut off itself. */
const probersMax = 2;
const nodesMax = 1_000;
const gatewaysListedMax = 8;

type Heard = {
  facts: NodeFacts;
  state: NodeState;
  heardAt: WallMs;
  aliveAt: MonotonicMs;
  /** Who asked it in vain since its lease lapsed. */
  readonly inVain: Set<NodeName>;
  isBeingAsked: boolean;
  /** Clients that were sent there since it last said how many it has. */
  sentThere: number;
};

type NoticeOf<Name extends Notice['notice']> = Extract<Notice, { notice: Name }>;

/**
 * Which nodes there are. Each renews its lease on the bus and says how busy it is; this does the work of gossip, as everybody hears everybody within a second.
 * A lapsed lease is a suspicion only: two others ask the node itself before it counts as lost. A node that hears nothing judges nobody.
 */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #nodes = new Map<NodeName, Heard>();
  readonly #stop: () => void;
  #isDraining = false;
  #cancelTimer: CancelTimer = () => {};
  /** How many serve people, as far as is known: also one that is not heard just now. Asked for often, so it is counted when it may have changed. */
  nodeCount = 1;

  constructor(options: NodeRegistryOptions) {
    this.#options = options;
    const unsubscribe = options.bus.subscribe((notice) => {
      if (notice.notice === 'node') this.#hear(notice.facts, notice.isLeaving);
      else if (notice.notice === 'unanswered') this.#hearVerdict(notice);
    });
    const unmind = options.bus.onGap(() => this.#forgive());
    this.#stop = () => {
      unsubscribe();
      unmind();
      this.#cancelTimer();
    };
    this.#renew();
  }

  nodes(): KnownNode[] {
    return [...this.#nodes.values()]
      .map(({ facts, state, heardAt }) => ({ ...facts, state, heardAt }))
      .sort((one, other) => (one.node < other.node ? -1 : 1));
  }

  /**
   * Where a client is to connect, the best first, by two choices; never all to the newest.
   * @returns addresses of nodes that take clients and have said where they are
   */
  gateways(): string[] {
    const open = [...this.#nodes.values()].filter(
      ({ facts, state }) => state === 'joined' && facts.url !== null && facts.roles.includes('gateway'),
    );
    const chosen = orderByTwoChoices(open, { random: this.#options.environment.random, listedMax: gatewaysListedMax });
    const [first] = chosen;
    if (first) first.sentThere++;
    return chosen.flatMap(({ facts }) => facts.url ?? []);
  }

  /** From now on nobody is sent here. */
  drain(): void {
    this.#isDraining = true;
    this.#renew();
  }

  /** Says goodbye. */
  stop(): void {
    this.#publish(true);
    this.#stop();
  }

  #renew(): void {
    this.#cancelTimer();
    this.#publish(false);
    this.#sweep();
    this.#cancelTimer = this.#options.environment.timer(leaseTimes.renewEveryMs, () => this.#renew());
  }

  #publish(isLeaving: boolean): void {
    const { node, bus, facts } = this.#options;
    bus.publish({ notice: 'node', facts: { ...facts(), node, isDraining: this.#isDraining }, isLeaving }, () => ['everyone']);
  }

  #hear(facts: NodeFacts, isLeaving: boolean): void {
    if (!this.#nodes.has(facts.node) && this.#nodes.size >= nodesMax) return;
    const { now, monotonic } = this.#options.environment;
    const state = isLeaving ? 'removed' : facts.isDraining ? 'draining' : 'joined';
    const times = { heardAt: now(), aliveAt: monotonic() };
    this.#nodes.set(facts.node, { facts, state, ...times, inVain: new Set(), isBeingAsked: false, sentThere: 0 });
    this.#count();
  }

  /** What could not be heard is no sign against anybody. */
  #forgive(): void {
    for (const heard of this.#nodes.values()) heard.aliveAt = this.#options.environment.monotonic();
  }

  #sweep(): void {
    if (this.#options.bus.isBroken) return;
    const now = this.#options.environment.monotonic();
    for (const [node, heard] of this.#nodes) {
      const quietMs = now - heard.aliveAt;
      if (quietMs > leaseTimes.rememberedMs) this.#forget(node);
      else if ((heard.state === 'joined' || heard.state === 'draining') && quietMs > leaseTimes.lapsesAfterMs) heard.state = 'suspect';
      // A word on the bus may be lost, so it is asked and told of again: also by who knows already, as another may not.
      const isOpen = heard.state === 'suspect' || (heard.state === 'lost' && quietMs < leaseTimes.toldOfMs);
      if (isOpen && !heard.isBeingAsked && this.#isProberOf(node)) void this.#probe(node, heard);
    }
  }

  /** The two whose names come next after it ask; everybody knows who they are without a word. */
  #isProberOf(node: NodeName): boolean {
    return this.#probersOf(node).includes(this.#options.node);
  }

  #probersOf(node: NodeName): NodeName[] {
    const names = [...this.#nodes].filter(([name, { state }]) => name !== node && state === 'joined').map(([name]) => name);
    const inOrder = names.sort((one, other) => (one < other ? -1 : 1));
    const next = inOrder.findIndex((name) => name > node);
    const from = next < 0 ? 0 : next;
    return [...inOrder.slice(from), ...inOrder.slice(0, from)].slice(0, probersMax);
  }

  async #probe(node: NodeName, heard: Heard): Promise<void> {
    heard.isBeingAsked = true;
    const { url } = heard.facts;
    const isAnswered = url !== null && (await this.#options.probe(url).catch(() => false));
    // Its lease may have been renewed meanwhile.
    if (this.#nodes.get(node) !== heard) return;
    heard.isBeingAsked = false;
    if (!isAnswered) this.#options.bus.publish({ notice: 'unanswered', node, by: this.#options.node }, () => ['everyone']);
  }

  #hearVerdict({ node, by }: NoticeOf<'unanswered'>): void {
    const heard = this.#nodes.get(node);
    if (!heard || (heard.state !== 'suspect' && heard.state !== 'joined' && heard.state !== 'draining')) return;
    heard.inVain.add(by);
    if (heard.state === 'suspect' && heard.inVain.size >= Math.min(probersMax, this.#probersOf(node).length)) heard.state = 'lost';
    this.#count();
  }

  #forget(node: NodeName): void {
    this.#nodes.delete(node);
    this.#count();
  }

  #count(): void {
    const serving = [...this.#nodes.values()].filter(({ state }) => state !== 'lost' && state !== 'removed');
    this.nodeCount = Math.max(1, serving.length);
  }
}
