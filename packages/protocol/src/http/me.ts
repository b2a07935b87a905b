import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { displayName, handle, loginId, person } from '../parts.ts';

/** Who asks, and through which login. */
export const me = z.strictObject({ person, login: loginId });

/** What is left out stays as it is. */
export const updateMe = z.strictObject({
  handle: z.optional(handle),
  displayName: z.optional(displayName),
  about: z.optional(z.string().check(z.trim(), z.maxLength(limits.aboutLengthMax))),
});
