import * as z from 'zod/mini';
import { conversationId, personId } from '../parts.ts';

export const typing = z.strictObject({ kind: z.literal('typing'), conversation: conversationId, person: personId });
