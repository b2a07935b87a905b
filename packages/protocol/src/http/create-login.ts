import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { clientType } from './authenticated.ts';
import { loginLabel, password } from './create-account.ts';

/** `name`: the e-mail address or the handle. */
export const createLogin = z.strictObject({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.emailLengthMax)),
  password,
  client: clientType,
  label: z.optional(loginLabel),
});
