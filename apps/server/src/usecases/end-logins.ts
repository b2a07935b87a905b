import { type Refusal, refuse } from '@parlour/core/errors';
import type { LoginId, PersonId } from '@parlour/core/ids';
import type { LoginTools } from './open-login.ts';

type EndTools = Pick<LoginTools, 'directory' | 'bus' | 'environment'>;

/** Ends one of a person's own logins. Somebody else's is not found. */
export async function endLogin(
  person: PersonId,
  login: LoginId,
  { directory, bus, environment }: EndTools,
): Promise<null | Refusal<'not_found'>> {
  const ended = await directory.endLogins(person, login, environment.now());
  if (ended.length === 0) return refuse('not_found');
  // Tokens are taken by every node, wherever the person is.
  bus.publish({ notice: 'logins_ended', person, login }, () => ['everyone']);
  return null;
}

/** Ends them all, and makes every access token of the person void at once. */
export async function endAllLogins(person: PersonId, { directory, bus, environment }: EndTools): Promise<null> {
  await directory.raiseTokenVersion(person);
  await directory.endLogins(person, null, environment.now());
  bus.publish({ notice: 'logins_ended', person, login: null }, () => ['everyone']);
  return null;
}
