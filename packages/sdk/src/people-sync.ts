import type { PersonId } from '@parlour/core/ids';
import type { PersonOnWire } from '@parlour/protocol/parts';
import { presentPerson } from './account.ts';
import type { LeaderContext } from './leader-context.ts';
import { changeOf, metaChange } from './mirror.ts';
import { isRefused } from './refusal.ts';

const askedAtOnceMax = 100;
const retryMs = 2_000;

/** Who people are: asked once for those who are met, told when it changes, and asked again for those on the screen after an absence. */
export class PeopleSync {
  readonly #context: LeaderContext;
  /** Of whom no answer came. */
  readonly #missed = new Set<PersonId>();

  constructor(context: LeaderContext) {
    this.#context = context;
  }

  askUnknown(people: readonly PersonId[]): void {
    const { people: known, meta } = this.#context.mirror;
    this.#askInPieces([...new Set(people)].filter((person) => !known.has(person) && person !== meta.me?.id));
  }

  /** On a new connection: nobody is told again what changed while they were away. */
  askAgain(watched: readonly PersonId[]): void {
    const shown = watched.filter((person) => this.#context.mirror.people.has(person));
    this.#askInPieces([...new Set([...shown, ...this.#takeMissed()])]);
  }

  async ask(people: readonly PersonId[]): Promise<void> {
    const asked = people.slice(0, askedAtOnceMax);
    const { connection, environment } = this.#context;
    const answer = await connection.ask({ kind: 'ask_people', people: asked });
    if (!isRefused(answer)) return this.take(answer.people);
    for (const person of asked) this.#missed.add(person);
    environment.timer(answer.retryAfterMs ?? retryMs, () => connection.isOnline && this.#askInPieces(this.#takeMissed()));
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

  #takeMissed(): PersonId[] {
    const missed = [...this.#missed];
    this.#missed.clear();
    return missed;
  }

  #askInPieces(people: readonly PersonId[]): void {
    for (let from = 0; from < people.length; from += askedAtOnceMax) void this.ask(people.slice(from, from + askedAtOnceMax));
  }
}
