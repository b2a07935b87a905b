import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import { handleKeyOf } from '@parlour/core/handle';
import type { PasswordHasher, TooMany } from '../ports/password-hasher.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { emailKeyOf } from './create-person.ts';
import { type LoginOrigin, type LoginTools, type OpenedLogin, openLogin } from './open-login.ts';

/**
 * By e-mail address or handle. One read and one slow hash whether or not there is such an account,
 * and the same words for a wrong name and a wrong password.
 */
export async function logIn(
  { name, password }: { readonly name: string; readonly password: string },
  origin: LoginOrigin,
  tools: LoginTools & { readonly hasher: PasswordHasher; readonly attempts: AttemptLimits },
): Promise<OpenedLogin | Refusal<'credentials_wrong'> | TooMany> {
  const by = name.includes('@') ? { emailKey: emailKeyOf(name) } : { handleKey: handleKeyOf(name) };
  const limited = tools.attempts.login(origin.address, Object.values(by).join());
  if (limited !== null) return limited;
  const credentials = await tools.directory.loadCredentials(by);
  const verified = await tools.hasher.verify(password, credentials?.passwordHash ?? null);
  if (isRefusal(verified)) return verified;
  if (!verified.matches || credentials === null) return refuse('credentials_wrong');
  return openLogin(credentials.person, credentials.tokenVersion, origin, tools);
}
