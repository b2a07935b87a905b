import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { conversationId, requestId, wallMs } from '../parts.ts';

/** A page of conversations, most recent first, from behind `before` on; the first page without it. Answered by `listed`. */
export const list = z.strictObject({
  kind: z.literal('list'),
  id: requestId,
  before: z.optional(z.strictObject({ activity: wallMs, conversation: conversationId })),
  limit: z.int().check(z.positive(), z.maximum(limits.conversationsPerPageMax)),
});
export type List = z.infer<typeof list>;
