import * as z from 'zod/mini';
import { loginId, person } from '../parts.ts';

/** `browser`: the refresh token goes into an HttpOnly cookie. `program`: it is in the body. */
export const clientType = z.enum(['browser', 'program']);

/** A login is open. The access token goes into `Authorization: Bearer` and into the first frame of a socket, and is renewed by POST /v1/tokens. */
export const authenticated = z.strictObject({
  accessToken: z.string(),
  expiresInMs: z.int(),
  person,
  login: loginId,
  /** Only for programs. Good for one renewal, which brings the next. */
  refreshToken: z.optional(z.string()),
});
export type Authenticated = z.infer<typeof authenticated>;
