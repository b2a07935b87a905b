import type { PersonId } from '@parlour/core/ids';
import type { Act, ConversationSummary, NewGroup } from '../packages/sdk/src/client.ts';
import { isRefused } from '../packages/sdk/src/refusal.ts';
import type { SimulatedPerson } from './person.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Tab } from './tab.ts';
import type { World } from './world.ts';

/** That people begin in one world. */
export const groupsBegunMax = 4;

/** What people do to groups: whether they may or not, as somebody does whose list is old. */
export class Leading {
  readonly #world: World;
  readonly #people: readonly SimulatedPerson[];
  #begunCount = 0;
  #actCount = 0;

  constructor(world: World, people: readonly SimulatedPerson[]) {
    this.#world = world;
    this.#people = people;
  }

  step(tab: Tab, random: SeededRandom): void {
    const groups = tab.client?.conversations.get().filter(({ group }) => group !== null) ?? [];
    if (this.#begunCount < groupsBegunMax && (groups.length === 0 || random.chance(0.1))) return this.#begin(tab, random);
    if (groups.length > 0) this.#act(tab, random.pick(groups), random);
  }

  #begin(tab: Tab, random: SeededRandom): void {
    this.#begunCount++;
    const members = this.#others(random).slice(0, random.between(0, 3));
    const group: NewGroup = { title: `group of ${tab.actor.name} ${this.#begunCount}`, members };
    tab.actor.note(`begins ${group.title}`);
    void tab.client?.createGroup(group).then((begun) => {
      this.#world.count(`group begun${isRefused(begun) ? `: ${begun.refused}` : ''}`);
      tab.actor.note(`${group.title}: ${isRefused(begun) ? begun.refused : begun}`);
    });
  }

  #act(tab: Tab, { id }: ConversationSummary, random: SeededRandom): void {
    const view = tab.views.get(id) ?? tab.openView(id);
    const act = this.#someAct(tab, random);
    if (!view || !act) return;
    tab.actor.note(`${id} does ${JSON.stringify(act)}`);
    void view.act(act).then((done) => {
      this.#world.count(`act ${act.kind}${isRefused(done) ? `: ${done.refused}` : ''}`);
      tab.actor.note(`${id} did ${act.kind}: ${isRefused(done) ? done.refused : 'done'}`);
    });
  }

  #someAct(tab: Tab, random: SeededRandom): Act | null {
    this.#actCount++;
    const [person] = this.#others(random);
    if (!person) return null;
    const role = random.pick(['member', 'admin', 'owner'] as const);
    const self = tab.device.person.id ?? person;
    return random.pick<Act>([
      { kind: 'add', body: { person, role: 'member' } },
      { kind: 'add', body: { person, role: 'member' } },
      { kind: 'remove', body: { person } },
      { kind: 'remove', body: { person, ban: true } },
      { kind: 'remove', body: { person: self } },
      { kind: 'pardon', body: { person } },
      { kind: 'role', body: { person, role } },
      { kind: 'role', body: { person, role } },
      { kind: 'describe', body: { title: `title ${this.#actCount}`, about: `about ${this.#actCount}` } },
      { kind: 'describe', body: { hue: random.between(0, 360) } },
      { kind: 'rules', body: { newcomersSee: random.pick(['all', 'joining'] as const) } },
      { kind: 'rules', body: { permissions: { [random.pick(['write', 'add', 'remove', 'describe'] as const)]: role } } },
    ]);
  }

  #others(random: SeededRandom): PersonId[] {
    const known = this.#people.flatMap(({ id }) => id ?? []);
    const first = random.between(0, Math.max(1, known.length));
    return [...known.slice(first), ...known.slice(0, first)];
  }
}
