import * as z from 'zod/mini';
import { conversationId, requestId } from '../parts.ts';

/** The rows of these conversations, where the reader may see them. Answered by `listed`; what is missing there is not visible. */
export const lookUp = z.strictObject({
  kind: z.literal('look_up'),
  id: requestId,
  conversations: z.array(conversationId).check(z.minLength(1), z.maxLength(64)),
});
