import * as z from 'zod/mini';
import { conversationRow, requestId } from '../parts.ts';

export const opened = z.strictObject({ kind: z.literal('opened'), re: requestId, row: conversationRow });
