import type { Plan } from './plan.ts';
import type { World } from './world.ts';

/** Of a store that is neither slow nor far away. */
const quickReadMsMax = 3;

/** Whether things go wrong. After healing nothing does any more. */
export class Faults {
  readonly plan: Plan;
  readonly #world: World;
  areOn = false;
  /** When they will have ended, and people stop. */
  endAtMs = 0;

  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.plan = plan;
  }

  chance(probability: number): boolean {
    return this.areOn && probability > 0 && this.#world.random.chance(probability);
  }

  get readMsMax(): number {
    return this.#world.nowMs < this.endAtMs ? this.plan.readMsMax : quickReadMsMax;
  }

  /** Towards the end most are lost: what was said last is healed by nothing that is said after it. */
  get noticeLossChance(): number {
    const { noticeLossChance } = this.plan;
    return noticeLossChance > 0 && this.#world.nowMs > this.endAtMs - 2_000 ? 0.8 : noticeLossChance;
  }
}
