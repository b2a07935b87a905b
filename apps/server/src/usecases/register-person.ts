import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import type { TooMany } from '../ports/password-hasher.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { createPerson, type PasswordTools, type PersonWish } from './create-person.ts';
import { type LoginOrigin, type LoginTools, type OpenedLogin, openLogin } from './open-login.ts';

export type RegisterTools = LoginTools & PasswordTools & { readonly attempts: AttemptLimits; readonly registration: 'open' | 'closed' };

export async function registerPerson(
  wish: PersonWish,
  origin: LoginOrigin,
  tools: RegisterTools,
): Promise<OpenedLogin | Refusal<'registration_closed' | 'malformed' | 'registration_refused' | 'password_weak'> | TooMany> {
  if (tools.registration === 'closed') return refuse('registration_closed');
  const limited = tools.attempts.registration(origin.address);
  if (limited !== null) return limited;
  const created = await createPerson(wish, tools);
  if (isRefusal(created)) return created;
  return openLogin(created.person, 1, origin, tools);
}
