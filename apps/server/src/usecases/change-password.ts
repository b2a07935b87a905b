import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import type { TooMany } from '../ports/password-hasher.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { Identity } from './authenticate.ts';
import { type PasswordTools, refuseWeakPassword } from './create-person.ts';
import { issueTokens, type LoginTools, type OpenedLogin } from './open-login.ts';

/**
 * All other logins end, and the refresh tokens of this one are void but for the one in the answer: whoever else knew the old password is out.
 * The old password counts as an attempt to log in, so a borrowed browser is no place to guess it.
 */
export async function changePassword(
  { person, login }: Identity,
  { oldPassword, newPassword, address }: { readonly oldPassword: string; readonly newPassword: string; readonly address: string },
  tools: LoginTools & PasswordTools & { readonly attempts: AttemptLimits },
): Promise<OpenedLogin | Refusal<'credentials_wrong' | 'password_weak' | 'login_ended'> | TooMany> {
  const { directory, hasher, bus, environment } = tools;
  const limited = tools.attempts.login(address, person);
  if (limited !== null) return limited;
  const [credentials, [profile], held] = await Promise.all([
    directory.loadCredentials({ person }),
    directory.loadPeople([person]),
    directory.loadLogin(login),
  ]);
  const verified = await hasher.verify(oldPassword, credentials?.passwordHash ?? null);
  if (isRefusal(verified)) return verified;
  if (!verified.matches || credentials === null || profile === undefined) return refuse('credentials_wrong');
  if (held === null || held.endedAt !== null) return refuse('login_ended');
  const weak = await refuseWeakPassword(newPassword, [profile.handle, profile.displayName], tools.judge);
  if (weak !== null) return weak;
  const hashed = await hasher.hash(newPassword);
  if (isRefusal(hashed)) return hashed;

  await directory.setPasswordHash(person, hashed.hash);
  await directory.voidRefreshTokens(login);
  for (const other of await directory.loadLogins(person)) {
    if (other.id === login) continue;
    await directory.endLogins(person, other.id, environment.now());
    bus.publish({ notice: 'logins_ended', person, login: other.id }, () => ['everyone']);
  }
  return issueTokens({ person, login, client: held.client, tokenVersion: credentials.tokenVersion }, tools);
}
