import type { PersonId } from '@parlour/core/ids';
import type { PersonOnWire } from '@parlour/protocol/parts';
import { presentPerson } from './account.ts';
import type { LeaderContext } from './leader-context.ts';
import { changeOf, metaChange } from './mirror.ts';
import { isRefused } from './refusal.ts';

const askedAtOnceMax = 100;

/** Who people are: asked once for those who are met, told when it changes, and asked again for those on the screen after an absence. */
export class PeopleSync {
  readonly #context: LeaderContext;

  constructor(context: LeaderContext) {
    this.#context = context;
  }

  askUnknown(people: readonly PersonId[]): void {
    const { people: known, meta } = this.#context.mirror;
    this.#askInPieces([...new Set(people)].filter((person) => !known.has(person) && person !== meta.me?.id));
  }

  /** Nobody is told again what changed while they were away. */
  askAgain(watched: readonly PersonId[]): void {
    this.#askInPieces([...new Set(watched)].filter((person) => this.#context.mirror.people.has(person)));
  }

  async ask(people: readonly PersonId[]): Promise<void> {
    const answer = await this.#context.connection.ask({ kind: 'ask_people', people: people.slice(0, askedAtOnceMax) });
    if (!isRefused(answer)) this.take(answer.people);
  }

  take(people: readonly PersonOnWire[]): void {
    const { mirror, writer } = this.#context;
    const { me } = mirror.meta;
    const changes = people.flatMap((person) => {
      const shown = presentPerson(person);
      const own = me?.id === person.id ? [metaChange('me', { ...me, ...shown })] : [];
      return [changeOf('people', person.id, shown), ...own];
    });
    writer.commit(changes);
  }

  #askInPieces(people: readonly PersonId[]): void {
    for (let from = 0; from < people.length; from += askedAtOnceMax) void this.ask(people.slice(from, from + askedAtOnceMax));
  }
}
