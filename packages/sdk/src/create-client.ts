import type { ConversationId, LoginId, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { fitGroup } from './acts.ts';
import type {
  ClientStatus,
  ConversationSummary,
  ConversationView,
  EntriesEvent,
  Keeping,
  Login,
  Me,
  NewGroup,
  ParlourClient,
  Person,
  PersonPresence,
  ProfileChanges,
  RegistrationForm,
  ServerFacts,
  Settings,
} from './client.ts';
import { ClientCore, type CoreOptions } from './client-core.ts';
import { ConversationList, draftKey, tickOf } from './conversation-list.ts';
import { OpenConversation } from './conversation-view.ts';
import { Derived, keepIfSame } from './derived.ts';
import { DraftKeeping } from './draft-keeping.ts';
import type { HeldEntry } from './held-entry.ts';
import { keepingRegisters } from './keeping.ts';
import { isRefused, type OrRefusal, refuseHere } from './refusal.ts';
import { presentItem } from './timeline.ts';

const settingKeys = { receipts: 'settings.receipts', lastSeen: 'settings.last_seen' } as const;

/** A client over any platform and store. Resolves when the store was read: what it holds can be shown at once. */
export async function createClient(options: CoreOptions): Promise<ParlourClient> {
  return new Client(await ClientCore.open({ ...options, url: options.url.replace(/\/+$/, '') }));
}

class Client implements ParlourClient {
  readonly status: Derived<ClientStatus>;
  readonly me: Derived<Me | null>;
  readonly conversations: Derived<readonly ConversationSummary[]>;
  readonly people: Derived<ReadonlyMap<PersonId, Person>>;
  readonly presence: Derived<ReadonlyMap<PersonId, PersonPresence>>;
  readonly settings: Derived<Settings>;
  readonly #core: ClientCore;
  readonly #drafts: DraftKeeping;
  readonly #views = new Set<OpenConversation>();
  readonly #askedFor = new Set<PersonId>();
  #peopleStale = true;

  constructor(core: ClientCore) {
    const { environment } = core.platform;
    const list = new ConversationList(core.mirror);
    this.#core = core;
    this.status = new Derived(environment, (before) =>
      keepIfSame(before, { ...core.shared.get().status, role: core.role.get(), mended: core.isMended }),
    );
    this.me = new Derived(environment, () => (core.mirror.meta.logged_out ? null : (core.mirror.meta.me ?? null)));
    this.conversations = new Derived(environment, () => list.summaries(core.shared.get()));
    this.people = new Derived(environment, (before) => this.#computePeople(before));
    this.presence = new Derived(environment, () => core.shared.get().presence);
    this.settings = new Derived(environment, (before) => keepIfSame(before, this.#readSettings()));
    this.#drafts = new DraftKeeping(environment, (conversation, value) =>
      core.run({ do: 'write_register', key: draftKey(conversation), value }),
    );
    core.shared.subscribe(() => {
      this.#touch(this.status, this.conversations, this.presence);
      for (const people of core.shared.get().typing.values()) this.#askForPeople(people);
    });
    core.role.subscribe(() => this.status.touch());
    core.mirror.subscribe((changes) => {
      if (changes.length === 0 || changes.some(({ space }) => space === 'people')) this.#peopleStale = true;
      this.#touch(this.me, this.conversations, this.people, this.settings);
    });
  }

  serverFacts(): Promise<OrRefusal<ServerFacts>> {
    return this.#core.account.serverFacts();
  }

  register(form: RegistrationForm): Promise<OrRefusal<Me>> {
    return this.#enter(this.#core.account.register(form));
  }

  logIn(form: { readonly name: string; readonly password: string }): Promise<OrRefusal<Me>> {
    return this.#enter(this.#core.account.logIn(form));
  }

  async logOut(): Promise<void> {
    const login = this.#login();
    if (login) await this.#core.account.endLogin(login, login);
    await this.#forget();
  }

  async logOutEverywhere(): Promise<OrRefusal<void>> {
    const ended = await this.#asLogin((login) => this.#core.account.endAllLogins(login));
    if (!isRefused(ended)) await this.#forget();
    return ended;
  }

  logins(): Promise<OrRefusal<readonly Login[]>> {
    return this.#asLogin((login) => this.#core.account.logins(login));
  }

  endLogin(id: LoginId): Promise<OrRefusal<void>> {
    return this.#asLogin((login) => this.#core.account.endLogin(login, id));
  }

  async updateProfile(changes: ProfileChanges): Promise<OrRefusal<Me>> {
    const me = await this.#asLogin((login) => this.#core.account.updateProfile(login, changes));
    if (!isRefused(me)) await this.#core.keepMe(me);
    return me;
  }

  async findPeople(query: { readonly handle: string } | { readonly name: string }): Promise<OrRefusal<readonly Person[]>> {
    return this.#asLogin((login) => this.#core.account.findPeople(login, query));
  }

  async openDirect(person: PersonId): Promise<OrRefusal<ConversationId>> {
    const opened = await this.#core.run({ do: 'open', person });
    if (!isRefused(opened) || opened.refused !== 'unreachable') return opened;
    const known = [...this.#core.mirror.rows.values()].find(({ type, peer }) => type === 'direct' && peer?.id === person);
    return known?.conversation ?? opened;
  }

  async keepConversation(id: ConversationId, keeping: Partial<Keeping>): Promise<void> {
    for (const [key, value] of keepingRegisters(id, keeping)) await this.#core.run({ do: 'write_register', key, value });
  }

  async createGroup(group: NewGroup): Promise<OrRefusal<ConversationId>> {
    const fit = fitGroup(group);
    return isRefused(fit) ? fit : this.#core.run({ do: 'create_group', group: fit });
  }

  conversation(id: ConversationId): ConversationView {
    const view: OpenConversation = new OpenConversation(this.#core, id, {
      drafts: this.#drafts,
      askForPeople: (people) => this.#askForPeople(people),
      closed: () => void this.#views.delete(view),
    });
    this.#views.add(view);
    return view;
  }

  watchPresence(people: readonly PersonId[]): void {
    const watched = [...new Set(people)].slice(0, limits.presenceWatchMax);
    void this.#core.run({ do: 'watch', tab: this.#core.tab, people: watched });
  }

  async setSetting<Key extends keyof Settings>(key: Key, value: Settings[Key]): Promise<void> {
    await this.#core.run({ do: 'write_register', key: settingKeys[key], value: JSON.stringify(value) });
  }

  onEntries(listener: (event: EntriesEvent) => void): () => void {
    return this.#core.onEntries((conversation, entries) => {
      const row = this.#core.mirror.rows.get(conversation);
      const { self } = this.#core;
      const present = (entry: HeldEntry) =>
        presentItem(entry, { self, notBefore: entry.ts, tick: row && entry.author === self ? tickOf(row, entry.seq) : null });
      listener({ conversation, items: entries.map(present) });
    });
  }

  async whenIdle(): Promise<void> {
    await this.#drafts.keepAll();
    await this.#core.run({ do: 'settle', until: 'idle' });
  }

  async whenSynced(): Promise<void> {
    await this.#core.run({ do: 'settle', until: 'synced' });
  }

  async close(): Promise<void> {
    await this.#drafts.keepAll();
    this.watchPresence([]);
    for (const view of this.#views) view.close();
    await this.#core.close();
  }

  async #enter(entering: Promise<OrRefusal<Me>>): Promise<OrRefusal<Me>> {
    const me = await entering;
    if (isRefused(me)) return me;
    const entered = await this.#core.enter(me);
    if (!isRefused(entered)) return me;
    void this.#core.account.endLogin(me.login, me.login);
    return entered;
  }

  async #forget(): Promise<void> {
    await this.#core.account.forget();
    this.#askedFor.clear();
    await this.#core.run({ do: 'erase' });
  }

  #login(): LoginId | null {
    return this.me.get()?.login ?? null;
  }

  async #asLogin<T>(act: (login: LoginId) => Promise<OrRefusal<T>>): Promise<OrRefusal<T>> {
    const login = this.#login();
    return login ? act(login) : refuseHere('logged_out');
  }

  #touch(...observables: readonly { touch(): void }[]): void {
    for (const observable of observables) observable.touch();
  }

  #computePeople(before: ReadonlyMap<PersonId, Person> | null): ReadonlyMap<PersonId, Person> {
    if (before && !this.#peopleStale) return before;
    this.#peopleStale = false;
    return new Map([...this.#core.mirror.people.values()].map((person) => [person.id, person]));
  }

  #readSettings(): Settings {
    const read = (key: string) => {
      const register = this.#core.mirror.registers.get(key);
      return (register?.wish ? register.wish.value : register?.value) !== 'false';
    };
    return { receipts: read(settingKeys.receipts), lastSeen: read(settingKeys.lastSeen) };
  }

  /** Names for those who are not known here; asked once for each. */
  #askForPeople(people: readonly PersonId[]): void {
    const { mirror, self } = this.#core;
    const unknown = new Set<PersonId>();
    for (const person of people) {
      if (person !== self && !mirror.people.has(person) && !this.#askedFor.has(person) && unknown.size < 100) unknown.add(person);
    }
    if (unknown.size === 0) return;
    for (const person of unknown) this.#askedFor.add(person);
    void this.#core.run({ do: 'ask_people', people: [...unknown] });
  }
}
