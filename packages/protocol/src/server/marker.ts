import * as z from 'zod/mini';
import { conversationId, messageCount, receipt } from '../parts.ts';

/** Someone's marker moved: another member's (a receipt), or one's own on another device, then with the counts for unread. */
export const marker = z.strictObject({
  kind: z.literal('marker'),
  conversation: conversationId,
  ...receipt.shape,
  readOrd: z.optional(messageCount),
  readMine: z.optional(messageCount),
});
