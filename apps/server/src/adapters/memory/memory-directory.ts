import type { DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import { wordsOf } from '@parlour/core/name-key';
import {
  type Credentials,
  type Directory,
  type Login,
  type NewLogin,
  type NewPerson,
  type NewPlaceholder,
  type NewRefreshToken,
  type Person,
  type RefreshExchange,
  type RefreshToken,
  type Standing,
  withdrawn,
} from '../../ports/directory.ts';

type Account = {
  person: Person;
  emailKey: string | null;
  passwordHash: string | null;
  tokenVersion: number;
  lastSeenAt: WallMs | null;
  removed: boolean;
};

/** The reference: as plain as the contract allows. */
export class MemoryDirectory implements Directory {
  readonly #accounts = new Map<PersonId, Account>();
  readonly #logins = new Map<LoginId, Login>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #devices = new Map<DeviceId, { readonly person: PersonId; readonly login: LoginId | null }>();

  /** As it is now; neither hears of the other any more. */
  copy(): MemoryDirectory {
    const copy = new MemoryDirectory();
    for (const [id, account] of this.#accounts) copy.#accounts.set(id, { ...account });
    for (const [id, login] of this.#logins) copy.#logins.set(id, login);
    for (const [hash, token] of this.#refreshTokens) copy.#refreshTokens.set(hash, token);
    for (const [id, device] of this.#devices) copy.#devices.set(id, device);
    return copy;
  }

  async createPerson({ emailKey, passwordHash, createdAt: _, ...person }: NewPerson): Promise<'ok' | 'handle_taken' | 'email_taken'> {
    if (this.#byHandleKey(person.handleKey) !== undefined) return 'handle_taken';
    if (this.#byEmailKey(emailKey) !== undefined) return 'email_taken';
    this.#accounts.set(person.id, {
      person: { ...person, placeholder: false },
      emailKey,
      passwordHash,
      tokenVersion: 1,
      lastSeenAt: null,
      removed: false,
    });
    return 'ok';
  }

  async hasPeople(): Promise<boolean> {
    return [...this.#accounts.values()].some(({ person }) => !person.placeholder);
  }

  async createPlaceholders(people: readonly NewPlaceholder[]): Promise<void> {
    for (const { createdAt: _, ...person } of people) {
      if (this.#byHandleKey(person.handleKey) !== undefined || this.#accounts.has(person.id)) continue;
      this.#accounts.set(person.id, {
        person: { ...person, about: '', placeholder: true },
        emailKey: null,
        passwordHash: null,
        tokenVersion: 1,
        lastSeenAt: null,
        removed: false,
      });
    }
  }

  async claimPlaceholder(
    person: PersonId,
    { emailKey, passwordHash }: { readonly emailKey: string; readonly passwordHash: string },
  ): Promise<'ok' | 'email_taken' | 'not_a_placeholder'> {
    const account = this.#accounts.get(person);
    if (account === undefined || !account.person.placeholder || account.removed) return 'not_a_placeholder';
    if (this.#byEmailKey(emailKey) !== undefined) return 'email_taken';
    Object.assign(account, { emailKey, passwordHash, person: { ...account.person, placeholder: false } });
    return 'ok';
  }

  async removePlaceholder(person: PersonId): Promise<'ok' | 'not_a_placeholder'> {
    const account = this.#accounts.get(person);
    if (account === undefined || !account.person.placeholder || account.removed) return 'not_a_placeholder';
    const handle = `gone-${person}`;
    account.person = { ...account.person, handle, handleKey: handle, displayName: 'Gone', nameKey: '', about: '' };
    account.removed = true;
    return 'ok';
  }

  async updateProfile(
    person: PersonId,
    profile: Partial<Pick<Person, 'handle' | 'handleKey' | 'displayName' | 'nameKey' | 'about'>>,
  ): Promise<'ok' | 'handle_taken'> {
    const account = this.#accounts.get(person);
    const holder = profile.handleKey === undefined ? undefined : this.#byHandleKey(profile.handleKey);
    if (holder !== undefined && holder !== account) return 'handle_taken';
    if (account !== undefined) account.person = { ...account.person, ...profile };
    return 'ok';
  }

  async loadPeople(people: readonly PersonId[]): Promise<readonly Person[]> {
    return [...new Set(people)].flatMap((person) => this.#accounts.get(person)?.person ?? []);
  }

  async findByHandleKey(handleKey: string): Promise<Person | null> {
    return this.#byHandleKey(handleKey)?.person ?? null;
  }

  async findByNamePrefix(prefix: string, limit: number): Promise<readonly Person[]> {
    return [...this.#accounts.values()]
      .map(({ person }) => person)
      .filter(({ nameKey }) => wordsOf(nameKey).some((word) => word.startsWith(prefix)))
      .sort(
        (one, other) =>
          Number(one.placeholder) - Number(other.placeholder) || compare(one.nameKey, other.nameKey) || compare(one.id, other.id),
      )
      .slice(0, limit);
  }

  async loadCredentials(
    by: { readonly emailKey: string } | { readonly handleKey: string } | { readonly person: PersonId },
  ): Promise<Credentials | null> {
    const account =
      'emailKey' in by
        ? this.#byEmailKey(by.emailKey)
        : 'handleKey' in by
          ? this.#byHandleKey(by.handleKey)
          : this.#accounts.get(by.person);
    if (account === undefined || account.passwordHash === null) return null;
    return { person: account.person.id, passwordHash: account.passwordHash, tokenVersion: account.tokenVersion };
  }

  async setPasswordHash(person: PersonId, passwordHash: string): Promise<void> {
    const account = this.#accounts.get(person);
    if (account !== undefined) account.passwordHash = passwordHash;
  }

  async raiseTokenVersion(person: PersonId): Promise<number> {
    const account = this.#accounts.get(person);
    if (account === undefined) throw new Error('cannot raise the token version: there is no such person');
    account.tokenVersion += 1;
    return account.tokenVersion;
  }

  async loadTokenVersion(person: PersonId): Promise<number | null> {
    return this.#accounts.get(person)?.tokenVersion ?? null;
  }

  async noteLastSeen(people: readonly PersonId[], at: WallMs): Promise<void> {
    for (const person of people) {
      const account = this.#accounts.get(person);
      if (account !== undefined && (account.lastSeenAt === null || account.lastSeenAt < at)) account.lastSeenAt = at;
    }
  }

  async loadLastSeen(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, WallMs>> {
    const found = new Map<PersonId, WallMs>();
    for (const person of people) {
      const at = this.#accounts.get(person)?.lastSeenAt ?? null;
      if (at !== null) found.set(person, at);
    }
    return found;
  }

  async createLogin(login: NewLogin): Promise<void> {
    this.#logins.set(login.id, { ...login, endedAt: null });
  }

  async loadLogin(login: LoginId): Promise<Login | null> {
    return this.#logins.get(login) ?? null;
  }

  async loadStanding(login: LoginId): Promise<Standing | null> {
    const held = this.#logins.get(login);
    const tokenVersion = held && (await this.loadTokenVersion(held.person));
    return held && tokenVersion != null ? { person: held.person, tokenVersion, endedAt: held.endedAt } : null;
  }

  async loadLogins(person: PersonId): Promise<readonly Login[]> {
    return [...this.#logins.values()]
      .filter((login) => login.person === person && login.endedAt === null)
      .sort((one, other) => other.lastUsedAt - one.lastUsedAt || compare(one.id, other.id));
  }

  async endLogins(person: PersonId, only: LoginId | null, at: WallMs): Promise<readonly LoginId[]> {
    const ended = (await this.loadLogins(person)).filter(({ id }) => only === null || id === only);
    for (const login of ended) {
      this.#logins.set(login.id, { ...login, endedAt: at });
      await this.voidRefreshTokens(login.id);
    }
    return ended.map(({ id }) => id);
  }

  async noteLoginUsed(login: LoginId, { at, address }: { readonly at: WallMs; readonly address: string }): Promise<void> {
    const held = this.#logins.get(login);
    if (held !== undefined) this.#logins.set(login, { ...held, lastUsedAt: at, address });
  }

  async createRefreshToken(token: NewRefreshToken): Promise<void> {
    this.#refreshTokens.set(token.hash, { ...token, usedAt: null });
  }

  async loadRefreshToken(hash: string): Promise<RefreshToken | null> {
    return this.#refreshTokens.get(hash) ?? null;
  }

  async exchangeRefreshToken(hash: string, { next, graceMs }: RefreshExchange): Promise<'ok' | 'replayed'> {
    const token = this.#refreshTokens.get(hash);
    if (token === undefined || token.usedAt === withdrawn) return 'replayed';
    const { usedAt, login } = token;
    if (usedAt === null) this.#refreshTokens.set(hash, { ...token, usedAt: next.createdAt });
    else if (Math.abs(next.createdAt - usedAt) > graceMs) {
      const following = [...this.#refreshTokens.values()].filter((each) => each.login === login && each.createdAt >= usedAt);
      const others = following.filter((each) => each.hash !== hash);
      if (others.some((each) => each.usedAt !== null && each.usedAt > withdrawn)) return 'replayed';
      for (const each of others) this.#refreshTokens.set(each.hash, { ...each, usedAt: withdrawn });
    }
    await this.createRefreshToken(next);
    return 'ok';
  }

  async forgetRefreshTokens({ expiredBefore, countMax }: { readonly expiredBefore: WallMs; readonly countMax: number }): Promise<number> {
    const expired = [...this.#refreshTokens.values()]
      .filter(({ expiresAt }) => expiresAt < expiredBefore)
      .sort((one, other) => one.expiresAt - other.expiresAt)
      .slice(0, countMax);
    for (const { hash } of expired) this.#refreshTokens.delete(hash);
    return expired.length;
  }

  async voidRefreshTokens(login: LoginId): Promise<void> {
    for (const token of [...this.#refreshTokens.values()]) if (token.login === login) this.#refreshTokens.delete(token.hash);
  }

  async bindDevice(
    device: DeviceId,
    { person, login }: { readonly person: PersonId; readonly login: LoginId | null },
  ): Promise<'ok' | 'foreign'> {
    const held = this.#devices.get(device);
    if (held !== undefined && held.person !== person) return 'foreign';
    this.#devices.set(device, { person, login });
    return 'ok';
  }

  async isDeviceOf(device: DeviceId, person: PersonId): Promise<boolean> {
    return this.#devices.get(device)?.person === person;
  }

  #byHandleKey(handleKey: string): Account | undefined {
    return [...this.#accounts.values()].find(({ person }) => person.handleKey === handleKey);
  }

  #byEmailKey(emailKey: string): Account | undefined {
    return [...this.#accounts.values()].find((account) => account.emailKey === emailKey);
  }
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
