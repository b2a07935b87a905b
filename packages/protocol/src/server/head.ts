import * as z from 'zod/mini';
import { conversationId, position } from '../parts.ts';

/** A notice that a log has come this far; it says again what `entries` said, or stands for those that were too many. Where you hold less, pull. */
export const head = z.strictObject({ kind: z.literal('head'), conversation: conversationId, head: position });
