import * as z from 'zod/mini';
import { conversationId, entrySeq, errorCode, errorDetails, operationNumber, requestId } from '../parts.ts';

/** For each operation of a `send`, in its order: the seq it has, durably; or why not. `retryable`: send it again, unchanged, later. */
export const sent = z.strictObject({
  kind: z.literal('sent'),
  re: requestId,
  conversation: conversationId,
  results: z.array(
    z.union([
      z.strictObject({ n: operationNumber, seq: entrySeq }),
      z.strictObject({
        n: operationNumber,
        error: errorCode,
        retryable: z.boolean(),
        retryAfterMs: z.optional(z.int()),
        details: z.optional(errorDetails),
      }),
    ]),
  ),
});
export type Sent = z.infer<typeof sent>;
