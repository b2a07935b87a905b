import * as z from 'zod/mini';
import { conversationId, errorCode, errorDetails, requestId } from '../parts.ts';

/** A refusal: of the request `re`, of something in a conversation, or (followed by the close) of the connection. */
export const error = z.strictObject({
  kind: z.literal('error'),
  re: z.optional(requestId),
  conversation: z.optional(conversationId),
  code: errorCode,
  sentence: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(z.int()),
  details: z.optional(errorDetails),
});
