import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { conversationId, entrySeq, requestId } from '../parts.ts';

/** Entries of [`fromSeq`, `untilSeq`), at most `limit`, from the range's first or from its last on. Answered by `range`. */
export const pull = z.strictObject({
  kind: z.literal('pull'),
  id: requestId,
  conversation: conversationId,
  fromSeq: entrySeq,
  untilSeq: entrySeq,
  end: z.enum(['first', 'last']),
  limit: z.int().check(z.positive(), z.maximum(limits.entriesPerRangeMax)),
});
export type Pull = z.infer<typeof pull>;
