import * as z from 'zod/mini';
import { conversationId, seq } from '../parts.ts';

/** "Read up to here", "received up to here"; 0 says nothing. At most one a second for a conversation. No answer but an `error`; the `marker` goes to all who may see it. */
export const mark = z.strictObject({ kind: z.literal('mark'), conversation: conversationId, readSeq: seq, receivedSeq: seq });
