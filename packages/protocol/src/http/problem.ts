import * as z from 'zod/mini';
import { errorCode, errorDetails } from '../parts.ts';

/** Every refusal over HTTP: RFC 9457, `application/problem+json`. `retryAfterMs` says in full what `Retry-After` rounds up to seconds. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: errorCode,
  retryable: z.boolean(),
  retryAfterMs: z.optional(z.int()),
  details: z.optional(errorDetails),
});
export type Problem = z.infer<typeof problem>;
