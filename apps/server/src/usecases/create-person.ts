import { displayNameOf } from '@parlour/core/display-name';
import type { Environment } from '@parlour/core/environment';
import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import { decideHandle } from '@parlour/core/handle';
import type { PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { nameKeyOf } from '@parlour/core/name-key';
import type { Directory } from '../ports/directory.ts';
import type { PasswordHasher, TooMany } from '../ports/password-hasher.ts';
import type { PasswordJudge } from '../ports/password-judge.ts';

export type PasswordTools = { readonly hasher: PasswordHasher; readonly judge: PasswordJudge };
export type PersonTools = PasswordTools & { readonly directory: Directory; readonly environment: Environment };

export type PersonWish = {
  readonly email: string;
  readonly handle: string;
  readonly password: string;
  readonly displayName?: string | undefined;
};

/** Equal keys are one address; the part before the @ is folded too, as practically every mail server does. */
export function emailKeyOf(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

/**
 * Makes a person, by registration or from the command line.
 * A taken handle and a taken e-mail address are refused in the same words after the same work: the refusal does not say which it was.
 * Whoever tries an address with a handle that is surely free learns it all the same, as often as registrations are limited (docs/security.md).
 */
export async function createPerson(
  wish: PersonWish,
  { directory, environment, hasher, judge }: PersonTools,
): Promise<{ readonly person: PersonId } | Refusal<'malformed' | 'registration_refused' | 'password_weak'> | TooMany> {
  const decided = decideHandle(wish.handle);
  if (isRefusal(decided)) return decided;
  const displayName = displayNameOf(wish.displayName ?? wish.handle);
  if (displayName === '') return refuse('malformed', { field: 'displayName', reason: 'nothing of it can be shown' });
  const weak = await refuseWeakPassword(wish.password, [wish.email, wish.handle, displayName], judge);
  if (weak !== null) return weak;
  const hashed = await hasher.hash(wish.password);
  if (isRefusal(hashed)) return hashed;
  const person = environment.id() as PersonId;
  const outcome = await directory.createPerson({
    id: person,
    ...decided,
    displayName,
    nameKey: nameKeyOf(`${displayName} ${decided.handle}`),
    about: '',
    emailKey: emailKeyOf(wish.email),
    passwordHash: hashed.hash,
    createdAt: environment.now(),
  });
  return outcome === 'ok' ? { person } : refuse('registration_refused');
}

export async function refuseWeakPassword(
  password: string,
  personalWords: readonly string[],
  judge: PasswordJudge,
): Promise<Refusal<'password_weak'> | TooMany | null> {
  if (password.length < limits.passwordLengthMin) {
    return refuse('password_weak', { reason: `It has fewer than ${limits.passwordLengthMin} characters.` });
  }
  const judged = await judge.judge(password, personalWords);
  if (isRefusal(judged)) return judged;
  return judged.verdict === 'weak' ? refuse('password_weak', { reason: judged.reason }) : null;
}
