import { jobDeviceId } from '@parlour/core/conversation-log/chain';
import type { AddBody, CreateBody, EntryKind, Operation, RemoveBody } from '@parlour/core/conversation-log/entry';
import { isMember } from '@parlour/core/conversation-log/state';
import type { ConversationId, OperationNumber, PersonId } from '@parlour/core/ids';
import { digest16 } from '../apps/server/src/node-environment.ts';
import type { LogChecker } from './log-checker.ts';
import type { SimulatedPerson } from './person.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { ServerActor } from './server-actor.ts';
import type { World } from './world.ts';

type Around = { readonly world: World; readonly checker: LogChecker; readonly anyServer: () => ServerActor };

/** Makes one group of the first person; adds the others one by one, takes some of them out and lets them back in, at times that chance decides. */
export class GroupJob {
  readonly #around: Around;
  readonly #people: readonly SimulatedPerson[];
  readonly #name: string;
  readonly #conversation: ConversationId;
  /** What was asked for and is not yet known to stand. */
  #wish: Operation | null = null;
  /** Of the wish: those that ask for it, on servers that are slow perhaps. */
  #asking = 0;
  #answer: 'done' | 'refused' | null = null;
  #lastNumber = 0;

  constructor(around: Around, people: readonly SimulatedPerson[], name: string) {
    this.#around = around;
    this.#people = people;
    this.#name = name;
    this.#conversation = jobDeviceId(digest16, name) as string as ConversationId;
  }

  /**
   * Tries the next step; one that was not answered is tried again under the same number. Made on no place of the log, it is not told from one that
   * came too late: so the next one waits until nobody asks for this one any more.
   */
  step(random: SeededRandom): void {
    this.#wish ??= this.#next(random);
    const wish = this.#wish;
    if (!wish) return;
    const { anyServer, world } = this.#around;
    this.#asking++;
    void anyServer()
      .append(wish)
      .then((answer) => {
        this.#asking--;
        if (answer !== 'later') this.#answer = answer;
        if (this.#asking > 0 || !this.#answer) return;
        world.count(`group ${wish.kind}${this.#answer === 'refused' ? ' refused' : ''}`);
        this.#wish = null;
        this.#answer = null;
      });
  }

  #next(random: SeededRandom): Operation | null {
    const [owner, ...others] = this.#people.flatMap(({ id }) => id ?? []);
    if (!owner) return null;
    const state = this.#around.checker.stateOf(this.#conversation);
    if (state.head.seq === 0)
      return this.#operation(owner, 'create', { type: 'group', title: this.#name, members: [{ person: owner, role: 'owner' }] });
    const outside = others.filter((person) => !isMember(state, person));
    const inside = others.filter((person) => isMember(state, person));
    const takesOut = inside.length > 0 && (outside.length === 0 || random.chance(0.3));
    const [next = null] = takesOut ? [random.pick(inside)] : outside;
    if (next === null) return null;
    return takesOut ? this.#operation(owner, 'remove', { person: next }) : this.#operation(owner, 'add', { person: next, role: 'member' });
  }

  #operation(author: PersonId, kind: EntryKind, body: CreateBody | AddBody | RemoveBody): Operation {
    const n = ++this.#lastNumber as OperationNumber;
    const device = jobDeviceId(digest16, `members of ${this.#name}`);
    return { conversation: this.#conversation, author, device, n, kind, target: null, body: JSON.stringify(body), after: null };
  }
}
