import * as z from 'zod/mini';
import { conversationRow, requestId } from '../parts.ts';

/** Answers `list` and `look_up`. `more`: there are further pages behind the last row. */
export const listed = z.strictObject({ kind: z.literal('listed'), re: requestId, rows: z.array(conversationRow), more: z.boolean() });
export type Listed = z.infer<typeof listed>;
