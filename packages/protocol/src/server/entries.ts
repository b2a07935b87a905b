import * as z from 'zod/mini';
import { conversationId, entry, position, seq } from '../parts.ts';

/** A run of new entries. Apply it only where `previous` is what you hold; else pull. */
export const entries = z.strictObject({
  kind: z.literal('entries'),
  conversation: conversationId,
  previous: position,
  entries: z.array(entry).check(z.minLength(1)),
  memberSeq: seq,
});
export type Entries = z.infer<typeof entries>;
