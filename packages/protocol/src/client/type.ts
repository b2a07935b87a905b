import * as z from 'zod/mini';
import { conversationId } from '../parts.ts';

/** "I am writing here": shown for 5 s after the last one. At most one in 2 s; more are dropped. No answer. */
export const type = z.strictObject({ kind: z.literal('type'), conversation: conversationId });
