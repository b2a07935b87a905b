import type { Environment } from '@parlour/core/environment';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { LoginId, MonotonicMs, PersonId } from '@parlour/core/ids';
import type { AccessClaims, AccessTokens } from '../ports/access-tokens.ts';
import type { Bus } from '../ports/bus.ts';
import type { Directory } from '../ports/directory.ts';

/** Who asks, as proved by an access token. */
export type Identity = AccessClaims;

/** How long what is known of a login is believed without asking the directory. Sockets are looked after every 10 s, so a lost notice matters for 30 s at most. */
const believedMs = 20_000;
const loginsKeptMax = 100_000;
const tokensKeptMax = 10_000;

type Known = { readonly person: PersonId; readonly tokenVersion: number; readonly ended: boolean; readonly at: MonotonicMs };

export type AuthenticatorOptions = {
  readonly directory: Directory;
  readonly tokens: AccessTokens;
  readonly bus: Bus;
  readonly environment: Pick<Environment, 'now' | 'monotonic'>;
};

/**
 * Tells who asks. A login that ended is refused at once where the notice arrives, and within 30 s where it is lost.
 */
export class Authenticator {
  readonly #directory: Directory;
  readonly #tokens: AccessTokens;
  readonly #environment: Pick<Environment, 'now' | 'monotonic'>;
  readonly #known = new Map<LoginId, Known>();
  readonly #read = new Map<string, AccessClaims>();
  /** Under way to the directory: what comes back may be older than a notice that came meanwhile. */
  readonly #loading = new Set<{ readonly person: PersonId; readonly login: LoginId; stale: boolean }>();
  readonly stop: () => void;

  constructor({ directory, tokens, bus, environment }: AuthenticatorOptions) {
    this.#directory = directory;
    this.#tokens = tokens;
    this.#environment = environment;
    const unsubscribe = bus.subscribe((notice) => {
      if (notice.notice === 'logins_ended') this.#forget(notice.person, notice.login);
    });
    const unmind = bus.onGap(() => this.#known.clear());
    this.stop = () => {
      unsubscribe();
      unmind();
    };
  }

  /** @throws StorageFailure */
  async verifyAccessToken(token: string): Promise<Identity | Refusal<'unauthenticated' | 'login_ended'>> {
    const kept = this.#read.get(token);
    const claims = kept ?? (await this.#tokens.read(token));
    if (claims === null) return refuse('unauthenticated');
    if (kept === undefined) keep(this.#read, token, claims, tokensKeptMax);
    if (claims.expiresAt <= this.#environment.now()) this.#read.delete(token);
    return this.checkIdentity(claims);
  }

  /** Whether what was proved still holds; for sockets, which live longer than the proof. @throws StorageFailure */
  async checkIdentity(identity: Identity): Promise<Identity | Refusal<'unauthenticated' | 'login_ended'>> {
    if (identity.expiresAt <= this.#environment.now()) return refuse('unauthenticated', { reason: 'expired' });
    const { person, tokenVersion, ended } = await this.#loadKnown(identity);
    if (ended || person !== identity.person || tokenVersion !== identity.tokenVersion) return refuse('login_ended');
    return identity;
  }

  async #loadKnown({ person, login }: Identity): Promise<Known> {
    const kept = this.#known.get(login);
    if (kept !== undefined && this.#environment.monotonic() - kept.at < believedMs) return kept;
    const loading = { person, login, stale: false };
    this.#loading.add(loading);
    try {
      const at = this.#environment.monotonic();
      const standing = await this.#directory.loadStanding(login);
      const ended = loading.stale || standing === null || standing.endedAt !== null;
      const known = { person: standing?.person ?? person, tokenVersion: standing?.tokenVersion ?? 0, ended, at };
      // A notice that came meanwhile is the newer word; whoever asks next reads again.
      if (!loading.stale) keep(this.#known, login, known, loginsKeptMax);
      return known;
    } finally {
      this.#loading.delete(loading);
    }
  }

  #forget(person: PersonId, login: LoginId | null): void {
    for (const loading of this.#loading) {
      if (loading.person === person && (login === null || loading.login === login)) loading.stale = true;
    }
    if (login !== null) this.#known.delete(login);
    else for (const [id, known] of this.#known) if (known.person === person) this.#known.delete(id);
  }
}

/** The oldest makes room. */
function keep<Key, Value>(kept: Map<Key, Value>, key: Key, value: Value, keptMax: number): void {
  kept.delete(key);
  if (kept.size >= keptMax) {
    const oldest = kept.keys().next();
    if (oldest.done !== true) kept.delete(oldest.value);
  }
  kept.set(key, value);
}
