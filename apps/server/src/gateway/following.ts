import type { LogState } from '@parlour/core/conversation-log/state';
import { isMember } from '@parlour/core/conversation-log/state';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import { isLarge, toldOneByOneMax } from '../owner/notice-topics.ts';
import type { Bus } from '../ports/bus.ts';
import type { LogStore } from '../ports/log-store.ts';

type Followed = {
  count: number;
  readonly ready: Promise<void>;
  readonly stopPerson: () => void;
  readonly conversations: Map<ConversationId, () => void>;
};

/** What this gateway follows on the bus: its people, and the large conversations that they are members of. */
export class Following {
  readonly #bus: Bus;
  readonly #store: LogStore;
  readonly #people = new Map<PersonId, Followed>();
  /** By how many of the people here. */
  readonly #conversations = new Map<ConversationId, number>();

  constructor({ bus, store }: { readonly bus: Bus; readonly store: LogStore }) {
    this.#bus = bus;
    this.#store = store;
  }

  /** Counted. @returns how to stop, once all that is told to the person from now on is heard @throws StorageFailure */
  async follow(person: PersonId): Promise<() => void> {
    const release = this.hold(person);
    try {
      await this.#people.get(person)?.ready;
      return release;
    } catch (failure) {
      release();
      throw failure;
    }
  }

  /** The same without waiting, for whom it is followed already. */
  hold(person: PersonId): () => void {
    if (!this.#bus.isShared) return () => {};
    const followed = this.#people.get(person) ?? this.#begin(person);
    followed.count++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      followed.count--;
      if (followed.count === 0) this.#end(person, followed);
    };
  }

  /** Somebody here may have come to a large conversation, or it may have become large. */
  notice(state: LogState, isChanged: boolean, here: Iterable<readonly [PersonId, unknown]>): void {
    if (!this.#bus.isShared || !isLarge(state) || (!isChanged && this.#conversations.has(state.conversation))) return;
    for (const [person] of here) {
      const followed = this.#people.get(person);
      if (followed && isMember(state, person)) this.#followConversation(followed, state.conversation);
    }
  }

  #begin(person: PersonId): Followed {
    const conversations = new Map<ConversationId, () => void>();
    const load = async (): Promise<void> => {
      for (const conversation of await this.#store.loadLargeConversations(person, toldOneByOneMax))
        this.#followConversation(followed, conversation);
      await this.#bus.settled();
    };
    const stopPerson = this.#bus.follow(`person.${person}`);
    const followed: Followed = { count: 0, ready: Promise.resolve().then(load), stopPerson, conversations };
    // Whoever waits hears of it.
    followed.ready.catch(() => {});
    this.#people.set(person, followed);
    return followed;
  }

  #end(person: PersonId, { stopPerson, conversations }: Followed): void {
    this.#people.delete(person);
    stopPerson();
    for (const stop of conversations.values()) stop();
  }

  #followConversation(followed: Followed, conversation: ConversationId): void {
    // Nobody waits for it any more.
    if (followed.conversations.has(conversation) || followed.count === 0) return;
    const stop = this.#bus.follow(`conversation.${conversation}`);
    this.#conversations.set(conversation, (this.#conversations.get(conversation) ?? 0) + 1);
    followed.conversations.set(conversation, () => {
      stop();
      const count = (this.#conversations.get(conversation) ?? 1) - 1;
      if (count > 0) this.#conversations.set(conversation, count);
      else this.#conversations.delete(conversation);
    });
  }
}
