import type { Bus, Notice, Topic } from '../apps/server/src/ports/bus.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';
import type { World } from './world.ts';

type Receiver = (notice: Notice) => void;
/** One life of a node, as the others see it. */
type Ear = { readonly receivers: Set<Receiver>; readonly followed: Map<Topic, number> };

/** Whose loss is healed within the time that is checked; the others are lost only with the node that would have heard them. */
const mayBeLost: readonly Notice['notice'][] = ['entries', 'head', 'typing', 'watched'];
/**
 * So often on a single server, of the four times that one head is told: were the last lost too, only the next comparison would heal it, which is
 * waited for where several servers tell each other. No bus within one server loses anything.
 */
const lostOfHeadMax = 3;

/** Between the nodes, and within each: a notice may be lost, come twice, or late and so after others; to another node, which must follow it, it takes its time. */
export class SimulatedBus {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #ears = new Map<Actor, Ear>();
  readonly #lostOfHead = new Map<string, number>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** For one life of a node. */
  of(node: Actor): Bus {
    const own: Ear = { receivers: new Set(), followed: new Map() };
    this.#ears.set(node, own);
    return {
      isShared: this.#faults.plan.nodeCount > 1,
      isBroken: false,
      publish: (notice, topics) => {
        this.#deliver(notice, node, own.receivers);
        const to = topics();
        for (const [other, { receivers, followed }] of this.#ears) {
          const isHeard = to.some((topic) => topic === 'everyone' || followed.has(topic));
          if (other !== node && other.isUp && isHeard) this.#later(notice, other, receivers, this.#latencyMs());
        }
      },
      subscribe: (receiver) => {
        own.receivers.add(receiver);
        return () => own.receivers.delete(receiver);
      },
      follow: (topic) => {
        own.followed.set(topic, (own.followed.get(topic) ?? 0) + 1);
        return () => {
          const count = (own.followed.get(topic) ?? 1) - 1;
          if (count > 0) own.followed.set(topic, count);
          else own.followed.delete(topic);
        };
      },
      settled: () => new Promise((resolve) => node.later(this.#latencyMs(), 'bus settled', () => resolve(true))),
      onGap: () => () => {},
    };
  }

  #deliver(notice: Notice, node: Actor, receivers: ReadonlySet<Receiver>): void {
    const { random } = this.#world;
    const tell = () => {
      for (const receiver of receivers) receiver(notice);
    };
    const say = (what: string) => this.#world.count(`notice of ${notice.notice} ${what}`);
    if (this.#isLost(notice)) return say('lost');
    if (!this.#faults.chance(this.#faults.plan.noticeDisorderChance)) return tell();
    const isDoubled = random.chance(0.5);
    say(isDoubled ? 'doubled' : 'late');
    if (isDoubled) tell();
    node.later(random.between(1, 2_000), 'late notice', tell);
  }

  #isLost(notice: Notice): boolean {
    if (!mayBeLost.includes(notice.notice) || !this.#faults.chance(this.#faults.noticeLossChance)) return false;
    const chain = notice.notice === 'head' ? notice.head.chain : notice.notice === 'entries' ? notice.entries.at(-1)?.chain : undefined;
    if (chain === undefined || this.#faults.plan.nodeCount > 1) return true;
    const lostCount = (this.#lostOfHead.get(chain) ?? 0) + 1;
    this.#lostOfHead.set(chain, lostCount);
    return lostCount <= lostOfHeadMax;
  }

  #later(notice: Notice, node: Actor, receivers: ReadonlySet<Receiver>, afterMs: number): void {
    const { areOn, plan } = this.#faults;
    if (areOn && plan.nodesAreDeaf && mayBeLost.includes(notice.notice)) return this.#world.count(`notice of ${notice.notice} lost`);
    node.later(afterMs, 'bus', () => this.#deliver(notice, node, receivers));
  }

  #latencyMs(): number {
    return this.#world.random.between(0, this.#faults.areOn ? 30 : 3);
  }
}
