import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ClientStatus, PersonPresence } from './client.ts';
import type { Cell } from './observable.ts';

export type Progress = 'sending' | 'acknowledged';

/** What all tabs show and no store keeps. The leader makes it and tells the others; a copy of it is all they need. */
export type SharedState = {
  readonly status: Omit<ClientStatus, 'role' | 'mended'>;
  readonly typing: ReadonlyMap<ConversationId, readonly PersonId[]>;
  readonly presence: ReadonlyMap<PersonId, PersonPresence>;
  /** Of pending messages, by outbox key. */
  readonly progress: ReadonlyMap<string, Progress>;
};

export function initialState(storage: ClientStatus['storage']): SharedState {
  return {
    status: { auth: 'unknown', connection: { state: 'idle' }, storage, clockOffsetMs: 0, synced: false },
    typing: new Map(),
    presence: new Map(),
    progress: new Map(),
  };
}

/** Signs of typing kept at once, over all conversations; more are not shown. */
const typingSignsMax = 500;

/** The leader's hand on the shared state. */
export class SharedStateKeeping {
  readonly #cell: Cell<SharedState>;
  readonly #environment: Environment;
  readonly #signs = new Map<string, CancelTimer>();

  constructor(cell: Cell<SharedState>, environment: Environment) {
    this.#cell = cell;
    this.#environment = environment;
  }

  setStatus(changes: Partial<SharedState['status']>): void {
    const state = this.#cell.get();
    const changed = Object.entries(changes).some(([key, value]) => state.status[key as keyof SharedState['status']] !== value);
    if (changed) this.#cell.set({ ...state, status: { ...state.status, ...changes } });
  }

  /** A sign of typing holds for a while, and ends when its author's message comes. */
  showTyping(conversation: ConversationId, person: PersonId): void {
    const key = `${conversation} ${person}`;
    if (!this.#signs.has(key) && this.#signs.size >= typingSignsMax) return;
    this.#signs.get(key)?.();
    this.#signs.set(
      key,
      this.#environment.timer(limits.typingLeaseMs, () => this.endTyping(conversation, person)),
    );
    const people = this.#cell.get().typing.get(conversation) ?? [];
    if (!people.includes(person)) this.#setTyping(conversation, [...people, person]);
  }

  endTyping(conversation: ConversationId, person: PersonId): void {
    const key = `${conversation} ${person}`;
    const cancel = this.#signs.get(key);
    if (!cancel) return;
    cancel();
    this.#signs.delete(key);
    const people = this.#cell.get().typing.get(conversation) ?? [];
    this.#setTyping(
      conversation,
      people.filter((other) => other !== person),
    );
  }

  setPresence(
    states: readonly {
      readonly person: PersonId;
      readonly presence: 'online' | 'offline';
      readonly lastSeenAt?: PersonPresence['lastSeenAt'] | undefined;
    }[],
  ): void {
    const state = this.#cell.get();
    const presence = new Map(state.presence);
    for (const { person, presence: is, lastSeenAt } of states) presence.set(person, { presence: is, lastSeenAt: lastSeenAt ?? null });
    this.#cell.set({ ...state, presence });
  }

  keepPresenceOf(people: ReadonlySet<PersonId>): void {
    const state = this.#cell.get();
    const presence = new Map([...state.presence].filter(([person]) => people.has(person)));
    if (presence.size !== state.presence.size) this.#cell.set({ ...state, presence });
  }

  setProgress(key: string, progress: Progress | null): void {
    const state = this.#cell.get();
    if ((state.progress.get(key) ?? null) === progress) return;
    const all = new Map(state.progress);
    if (progress) all.set(key, progress);
    else all.delete(key);
    this.#cell.set({ ...state, progress: all });
  }

  /** Nothing of this is known any more once the connection is gone. */
  disconnected(): void {
    for (const cancel of this.#signs.values()) cancel();
    this.#signs.clear();
    const state = this.#cell.get();
    this.#cell.set({ ...state, typing: new Map(), presence: new Map(), progress: new Map(), status: { ...state.status, synced: false } });
  }

  #setTyping(conversation: ConversationId, people: readonly PersonId[]): void {
    const state = this.#cell.get();
    const typing = new Map(state.typing);
    if (people.length > 0) typing.set(conversation, people);
    else typing.delete(conversation);
    this.#cell.set({ ...state, typing });
  }
}
