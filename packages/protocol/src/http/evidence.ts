import * as z from 'zod/mini';
import { conversationId, conversationType, personId, position, wallMs } from '../parts.ts';

const count = z.int().check(z.nonnegative());

/** The first line of a file of evidence. `count` entries follow. */
export const evidenceOpening = z.strictObject({
  line: z.literal('evidence'),
  version: z.literal(1),
  conversation: conversationId,
  type: conversationType,
  exportedBy: personId,
  exportedAt: wallMs,
  server: z.string(),
  count,
});

/** The last line of a file. */
export const evidenceEnd = z.strictObject({ line: z.literal('end'), head: position, count });
