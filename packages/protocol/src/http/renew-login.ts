import * as z from 'zod/mini';
import { loginId } from '../parts.ts';

/** A browser leaves `refreshToken` out: it is in the cookie of this login. */
export const renewLogin = z.strictObject({
  login: loginId,
  refreshToken: z.optional(z.string().check(z.regex(/^[0-9a-hjkmnp-tv-z]{52}$/))),
});
