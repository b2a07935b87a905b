import { type Refusal, refuse } from '@parlour/core/errors';
import type { LoginId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { TooMany } from '../ports/password-hasher.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { issueAccess, type LoginTools, mintRefreshToken, type OpenedLogin } from './open-login.ts';

export type Renewal = { readonly login: LoginId; readonly refreshToken: string; readonly address: string };

/**
 * A refresh token is good for one renewal. Used again once what came of it was used, it is in two hands, and nobody knows whose are right: the login ends.
 * Two tabs that race within the grace each get a token of their own. Whoever never had an answer asks again with what they have, however much later.
 */
export async function renewLogin(
  { login, refreshToken, address }: Renewal,
  tools: LoginTools & { readonly attempts: AttemptLimits },
): Promise<OpenedLogin | Refusal<'refresh_refused'> | TooMany> {
  const limited = tools.attempts.renewal(address);
  if (limited !== null) return limited;
  const { directory, environment, bus } = tools;
  const hash = tools.secretHash(refreshToken);
  const now = environment.now();
  const [token, held] = await Promise.all([directory.loadRefreshToken(hash), directory.loadLogin(login)]);
  if (token === null || held === null || token.login !== login || token.expiresAt <= now || held.endedAt !== null) {
    return refuse('refresh_refused');
  }
  const tokenVersion = await directory.loadTokenVersion(held.person);
  if (tokenVersion === null) return refuse('refresh_refused');
  const next = mintRefreshToken(login, tools);
  if ((await directory.exchangeRefreshToken(hash, { next: next.token, graceMs: limits.refreshTokenGraceMs })) === 'replayed') {
    await directory.endLogins(held.person, login, now);
    bus.publish({ notice: 'logins_ended', person: held.person, login }, () => ['everyone']);
    return refuse('refresh_refused');
  }
  await directory.noteLoginUsed(login, { at: now, address });
  return issueAccess({ person: held.person, login, client: held.client, tokenVersion }, next.secret, tools);
}
