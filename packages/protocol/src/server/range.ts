import * as z from 'zod/mini';
import { conversationId, entry, entrySeq, position, requestId } from '../parts.ts';

/**
 * Answers `pull`: all that the reader may see of [`fromSeq`, `untilSeq`), which is one unbroken piece of what was asked for
 * (`fromSeq` = `untilSeq`: nothing). `previous` stands right before `fromSeq`; `head` is the log's, as far as the reader may see it.
 */
export const range = z.strictObject({
  kind: z.literal('range'),
  re: requestId,
  conversation: conversationId,
  fromSeq: entrySeq,
  untilSeq: entrySeq,
  previous: position,
  head: position,
  entries: z.array(entry),
});
export type Range = z.infer<typeof range>;
