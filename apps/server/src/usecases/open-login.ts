import type { Environment } from '@parlour/core/environment';
import type { LoginId, PersonId, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { AccessTokens } from '../ports/access-tokens.ts';
import type { Bus } from '../ports/bus.ts';
import type { Directory, Login, NewRefreshToken, Person } from '../ports/directory.ts';

/** `secretHash`: SHA-256. A secret of 256 random bits needs no slow hash. */
export type LoginTools = {
  readonly directory: Directory;
  readonly tokens: AccessTokens;
  readonly bus: Bus;
  readonly environment: Environment;
  readonly secretHash: (secret: string) => string;
  readonly accessTokenLifetimeMs: number;
};

/** From where somebody logs in. */
export type LoginOrigin = Pick<Login, 'client' | 'label' | 'address'>;

export type OpenedLogin = {
  readonly person: Person;
  readonly login: LoginId;
  readonly client: Login['client'];
  readonly accessToken: string;
  readonly expiresInMs: number;
  readonly refreshToken: string;
};

type LoginFacts = { readonly person: PersonId; readonly login: LoginId; readonly client: Login['client']; readonly tokenVersion: number };

/** Opens a login for somebody who has proved who they are. Its id is always minted here, never taken from the outside. */
export async function openLogin(person: PersonId, tokenVersion: number, origin: LoginOrigin, tools: LoginTools): Promise<OpenedLogin> {
  const { directory, environment } = tools;
  await endOldest(person, tools);
  const now = environment.now();
  const login = environment.id() as LoginId;
  await directory.createLogin({ ...origin, id: login, person, createdAt: now, lastUsedAt: now });
  return issueTokens({ person, login, client: origin.client, tokenVersion }, tools);
}

/** A new refresh token of an open login, and an access token with it. */
export async function issueTokens(facts: LoginFacts, tools: LoginTools): Promise<OpenedLogin> {
  const { secret, token } = mintRefreshToken(facts.login, tools);
  await tools.directory.createRefreshToken(token);
  return issueAccess(facts, secret, tools);
}

/** Not kept yet. */
export function mintRefreshToken(
  login: LoginId,
  { environment, secretHash }: LoginTools,
): { readonly secret: string; readonly token: NewRefreshToken } {
  const createdAt = environment.now();
  const secret = environment.id() + environment.id();
  const expiresAt = (createdAt + limits.refreshTokenLifetimeMs) as WallMs;
  return { secret, token: { hash: secretHash(secret), login, createdAt, expiresAt } };
}

/** An access token beside a refresh token that is kept. */
export async function issueAccess(
  { person, login, client, tokenVersion }: LoginFacts,
  refreshToken: string,
  { directory, tokens, environment, accessTokenLifetimeMs }: LoginTools,
): Promise<OpenedLogin> {
  const expiresAt = (environment.now() + accessTokenLifetimeMs) as WallMs;
  const accessToken = await tokens.sign({ person, login, tokenVersion, expiresAt });
  const [profile] = await directory.loadPeople([person]);
  if (profile === undefined) throw new Error('a login was opened for a person who is not in the directory');
  return { person: profile, login, client, accessToken, expiresInMs: accessTokenLifetimeMs, refreshToken };
}

/** A script that logs in each time it runs must not fill the list: the login that rested longest makes room. */
async function endOldest(person: PersonId, { directory, bus, environment }: LoginTools): Promise<void> {
  const open = await directory.loadLogins(person);
  for (const { id } of open.slice(limits.loginsPerPersonMax - 1)) {
    await directory.endLogins(person, id, environment.now());
    bus.publish({ notice: 'logins_ended', person, login: id }, () => ['everyone']);
  }
}
