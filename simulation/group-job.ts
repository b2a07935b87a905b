import { jobDeviceId } from '@parlour/core/conversation-log/chain';
import type { AddBody, CreateBody, EntryKind, Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, OperationNumber, PersonId } from '@parlour/core/ids';
import { digest16 } from '../apps/server/src/node-environment.ts';
import type { SimulatedPerson } from './person.ts';
import type { ServerActor } from './server-actor.ts';
import type { World } from './world.ts';

/** Makes one group of the first person, and adds the others one by one, at times that chance decides. */
export class GroupJob {
  readonly #world: World;
  readonly #anyServer: () => ServerActor;
  readonly #people: readonly SimulatedPerson[];
  readonly #name: string;
  readonly #conversation: ConversationId;
  #done = 0;

  constructor(world: World, anyServer: () => ServerActor, people: readonly SimulatedPerson[], name: string) {
    this.#name = name;
    this.#conversation = jobDeviceId(digest16, name) as string as ConversationId;
    this.#world = world;
    this.#anyServer = anyServer;
    this.#people = people;
  }

  /** Tries the next step; one that was not answered is tried again under the same number. */
  step(): void {
    const operation = this.#next();
    if (!operation) return;
    const step = this.#done;
    void this.#anyServer()
      .append(operation)
      .then((isDone) => {
        if (!isDone || step !== this.#done) return;
        this.#done++;
        this.#world.count(`group ${operation.kind}`);
      });
  }

  #next(): Operation | null {
    const [owner] = this.#people;
    const person = this.#people[this.#done]?.id;
    if (!owner?.id || !person) return null;
    if (this.#done === 0)
      return this.#operation(owner.id, 'create', { type: 'group', title: this.#name, members: [{ person, role: 'owner' }] });
    return this.#operation(owner.id, 'add', { person, role: 'member' });
  }

  #operation(author: PersonId, kind: EntryKind, body: CreateBody | AddBody): Operation {
    const n = (this.#done + 1) as OperationNumber;
    const device = jobDeviceId(digest16, `members of ${this.#name}`);
    return { conversation: this.#conversation, author, device, n, kind, target: null, body: JSON.stringify(body), after: null };
  }
}
