import type { DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';

/**
 * People, their logins and the devices bound to them. Six answers, which directory.contract.ts holds every adapter to:
 * - atomic: each call
 * - ordered by: the order of calls
 * - idempotent by: the unique keys (handle, e-mail, token hash, device); a second create answers which key was taken
 * - after a timeout: read by key and compare
 * - consistency: reads see every call that was answered
 * - cost: one read or one durable commit by key a call; `findByNamePrefix` is one range of an index
 */
export interface Directory {
  createPerson(person: NewPerson): Promise<'ok' | 'handle_taken' | 'email_taken'>;
  /** Whether anybody can log in; authors of imported history whom nobody has claimed cannot. */
  hasPeople(): Promise<boolean>;
  /** Only unclaimed authors of imported history; those whose handle is taken are left out. */
  createPlaceholders(people: readonly NewPlaceholder[]): Promise<void>;
  /** A placeholder becomes a person who can log in. */
  claimPlaceholder(
    person: PersonId,
    credentials: { readonly emailKey: string; readonly passwordHash: string },
  ): Promise<'ok' | 'email_taken' | 'not_a_placeholder'>;
  /** What they wrote stays, under a name that says the author is gone. */
  removePlaceholder(person: PersonId): Promise<'ok' | 'not_a_placeholder'>;
  updateProfile(
    person: PersonId,
    profile: Partial<Pick<Person, 'handle' | 'handleKey' | 'displayName' | 'nameKey' | 'about'>>,
  ): Promise<'ok' | 'handle_taken'>;
  loadPeople(people: readonly PersonId[]): Promise<readonly Person[]>;
  findByHandleKey(handleKey: string): Promise<Person | null>;
  /** People any of whose words in `nameKey` begins with `prefix`; placeholders last. */
  findByNamePrefix(prefix: string, limit: number): Promise<readonly Person[]>;
  loadCredentials(
    by: { readonly emailKey: string } | { readonly handleKey: string } | { readonly person: PersonId },
  ): Promise<Credentials | null>;
  setPasswordHash(person: PersonId, passwordHash: string): Promise<void>;
  /** Makes every access token of the person void. @returns the new version */
  raiseTokenVersion(person: PersonId): Promise<number>;
  loadTokenVersion(person: PersonId): Promise<number | null>;
  /** Whether a login still stands, in one read: what every socket and request asks. */
  loadStanding(login: LoginId): Promise<Standing | null>;
  /** These people were last here at this time; an earlier time than the one that is known changes nothing. */
  noteLastSeen(people: readonly PersonId[], at: WallMs): Promise<void>;
  loadLastSeen(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, WallMs>>;

  createLogin(login: NewLogin): Promise<void>;
  loadLogin(login: LoginId): Promise<Login | null>;
  /** Those not ended, last used first. */
  loadLogins(person: PersonId): Promise<readonly Login[]>;
  /** Ends one or (null) all of the person's logins and their refresh tokens. @returns those that were open */
  endLogins(person: PersonId, login: LoginId | null, at: WallMs): Promise<readonly LoginId[]>;
  noteLoginUsed(login: LoginId, used: { readonly at: WallMs; readonly address: string }): Promise<void>;

  createRefreshToken(token: NewRefreshToken): Promise<void>;
  loadRefreshToken(hash: string): Promise<RefreshToken | null>;
  /** Gives the next in exchange for one that is there; both happen, or neither. Where it is `replayed` the login is to be ended. */
  exchangeRefreshToken(hash: string, exchange: RefreshExchange): Promise<'ok' | 'replayed'>;
  /** Forgets the oldest of those out of date, at most this many. @returns how many */
  forgetRefreshTokens(old: { readonly expiredBefore: WallMs; readonly countMax: number }): Promise<number>;
  /** Forgets all of one login's, which itself stays open. */
  voidRefreshTokens(login: LoginId): Promise<void>;

  /** Binds a replica to a login. A device belongs to one person for ever; it may move to another of their logins. */
  bindDevice(
    device: DeviceId,
    binding: { readonly person: PersonId; readonly login: LoginId | null; readonly at: WallMs },
  ): Promise<'ok' | 'foreign'>;
  /** Whether it is bound to one of their logins, open or ended. */
  isDeviceOf(device: DeviceId, person: PersonId): Promise<boolean>;
}

export type Person = {
  readonly id: PersonId;
  readonly handle: string;
  /** The handle without what the eye confuses: equal keys are one handle. */
  readonly handleKey: string;
  readonly displayName: string;
  /** The name folded for search. */
  readonly nameKey: string;
  readonly about: string;
  readonly placeholder: boolean;
};
export type NewPerson = Omit<Person, 'placeholder'> & {
  readonly emailKey: string;
  readonly passwordHash: string;
  readonly createdAt: WallMs;
};
export type NewPlaceholder = Omit<Person, 'placeholder' | 'about'> & { readonly createdAt: WallMs };
export type Credentials = { readonly person: PersonId; readonly passwordHash: string; readonly tokenVersion: number };
export type Login = {
  readonly id: LoginId;
  readonly person: PersonId;
  readonly label: string;
  readonly client: 'browser' | 'program';
  readonly address: string;
  readonly createdAt: WallMs;
  readonly lastUsedAt: WallMs;
  readonly endedAt: WallMs | null;
};
export type Standing = { readonly person: PersonId; readonly tokenVersion: number; readonly endedAt: WallMs | null };
export type NewLogin = Omit<Login, 'endedAt'>;
export type NewRefreshToken = { readonly hash: string; readonly login: LoginId; readonly createdAt: WallMs; readonly expiresAt: WallMs };
/**
 * One that is unused is good for the next, and so is one that was first used within `graceMs` of now, which is when the next is created; by the wall clock, as
 * it must outlive a restart, and one that was set back grants nothing. One that was used before that is good as long as nothing that came of it was used: the
 * answer may have been lost. What came of it is then withdrawn, and is `replayed` where anybody shows it.
 */
export type RefreshExchange = { readonly next: NewRefreshToken; readonly graceMs: number };
/** `usedAt`: null where it was not, `withdrawn` where it is not to be. */
export type RefreshToken = NewRefreshToken & { readonly usedAt: WallMs | null };
/** Earlier than any use. */
export const withdrawn = 0 as WallMs;
