import type { Bus, Notice } from '../apps/server/src/ports/bus.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';
import type { World } from './world.ts';

type Receiver = (notice: Notice) => void;

/** Whose loss is healed within the time that is checked; the others are lost only with the node that would have heard them. */
const mayBeLost: readonly Notice['notice'][] = ['entries', 'head', 'typing'];

/** Between the nodes, and within each: a notice may be lost, come twice, or late and so after others; to another node it takes its time. */
export class SimulatedBus {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #receivers = new Map<Actor, Set<Receiver>>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** For one life of a node. */
  of(node: Actor): Bus {
    const own = new Set<Receiver>();
    this.#receivers.set(node, own);
    return {
      publish: (notice) => {
        this.#deliver(notice, node, own);
        for (const [other, receivers] of this.#receivers) {
          if (other !== node && other.isUp) this.#later(notice, other, receivers, this.#latencyMs());
        }
      },
      subscribe: (receiver) => {
        own.add(receiver);
        return () => own.delete(receiver);
      },
    };
  }

  #deliver(notice: Notice, node: Actor, receivers: ReadonlySet<Receiver>): void {
    const { random } = this.#world;
    const tell = () => {
      for (const receiver of receivers) receiver(notice);
    };
    const say = (what: string) => this.#world.count(`notice of ${notice.notice} ${what}`);
    if (mayBeLost.includes(notice.notice) && this.#faults.chance(this.#faults.noticeLossChance)) return say('lost');
    if (!this.#faults.chance(this.#faults.plan.noticeDisorderChance)) return tell();
    const isDoubled = random.chance(0.5);
    say(isDoubled ? 'doubled' : 'late');
    if (isDoubled) tell();
    node.later(random.between(1, 2_000), 'late notice', tell);
  }

  #later(notice: Notice, node: Actor, receivers: ReadonlySet<Receiver>, afterMs: number): void {
    node.later(afterMs, 'bus', () => this.#deliver(notice, node, receivers));
  }

  #latencyMs(): number {
    return this.#world.random.between(0, this.#faults.areOn ? 30 : 3);
  }
}
