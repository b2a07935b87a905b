import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { displayName, handle } from '../parts.ts';
import { clientType } from './authenticated.ts';

export const email = z.email().check(z.maxLength(limits.emailLengthMax));
/** Too short is `password_weak`, which says why; here only the bound of what is looked at. */
export const password = z.string().check(z.minLength(1), z.maxLength(limits.passwordLengthMax));
export const loginLabel = z.string().check(z.trim(), z.maxLength(limits.deviceLabelLengthMax));

/** Registers a person and logs them in. `displayName` is the handle where it is left out. */
export const createAccount = z.strictObject({
  email,
  handle,
  password,
  displayName: z.optional(displayName),
  client: clientType,
  /** What the list of logins calls this one; made from the user agent where it is left out. */
  label: z.optional(loginLabel),
});
