import type { LineKind } from './line.ts';
import type { Operator } from './operator.ts';
import { type Credentials, Person } from './person.ts';
import { Unseen } from './rule-case.ts';

export type PlaceOptions = {
  readonly url: string;
  readonly line?: LineKind;
  /** Whose people they are. */
  readonly of?: Place;
  /** What is longer in coming is not waited for. */
  readonly patienceMs: number;
  readonly operator: Operator | null;
  /** Who logs in, in place of being registered, in the order of the roles. */
  readonly people?: readonly Credentials[];
  /** Members of imported conversations. */
  readonly members?: readonly Credentials[];
  readonly socketsPerAddressMax?: number;
  readonly socketsMax?: number;
  /** A server of the same program whose times and caps are short, where there is one. */
  readonly hasty?: Place;
};

/** Everybody there is in a run; few, for servers let only so many register from one address. */
const roles = [
  ...(['ada', 'hal', 'lea', 'out', 'req', 'ola', 'otto', 'far', 'fay', 'nia', 'nox'] as const),
  ...(['sue', 'mia', 'mel', 'pia', 'pat', 'pim', 'lou', 'lin', 'sly', 'slo', 'sid', 'gil', 'gus', 'gwen'] as const),
] as const;
export type Role = (typeof roles)[number];

const registrationsAtOnce = 2;

/** How many people a run needs. */
export const peopleCount = roles.length;

/** A running server as those outside know it: where it is, who one is there, and who may lend a hand. */
export class Place {
  readonly url: string;
  readonly line: LineKind;
  readonly options: PlaceOptions;
  readonly #people = new Map<Role, Promise<Person>>();
  #members: Promise<readonly Person[]> | null = null;
  readonly #waiting: (() => void)[] = [];
  #entering = 0;

  constructor(options: PlaceOptions) {
    this.url = options.url;
    this.line = options.line ?? 'WebSocket';
    this.options = options;
  }

  get patienceMs(): number {
    return this.options.patienceMs;
  }

  /** Where what takes long elsewhere takes seconds. */
  get hasty(): Place {
    return this.options.hasty ?? this;
  }

  /** The same place and the same people, reached by another way. */
  over(line: LineKind): Place {
    const { options } = this;
    return new Place({ ...options, line, of: this, ...(options.hasty ? { hasty: options.hasty.over(line) } : {}) });
  }

  /** Whoever has this name in this run, the same for all who ask. */
  person(name: Role): Promise<Person> {
    const known = this.#people.get(name);
    if (known) return known;
    const { of } = this.options;
    const entered = of
      ? of.person(name).then((person) => person.over(this.line))
      : this.#enter(this.options.people?.[roles.indexOf(name)] ?? null);
    this.#people.set(name, entered);
    return entered;
  }

  people(...names: readonly Role[]): Promise<Person[]> {
    return Promise.all(names.map((name) => this.person(name)));
  }

  /** @throws Unseen where nobody lends a hand */
  operator(what: string, word: string): Operator {
    const { operator } = this.options;
    if (!operator) throw new Unseen(what, `\`--operator COMMAND\` that knows \`${word}\` shows it`);
    return operator;
  }

  /** Members of imported conversations, logged in. */
  members(): Promise<readonly Person[]> {
    this.#members ??= Promise.all((this.options.members ?? []).map((credentials) => Person.logIn(this, credentials)));
    return this.#members;
  }

  async #enter(credentials: Credentials | null): Promise<Person> {
    if (this.#entering >= registrationsAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#entering++;
    try {
      if (credentials) return await Person.logIn(this, credentials);
      return await Person.register(this);
    } finally {
      this.#entering--;
      this.#waiting.shift()?.();
    }
  }
}
