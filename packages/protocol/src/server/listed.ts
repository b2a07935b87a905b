import * as z from 'zod/mini';
import { packedRow } from '../packed-row.ts';
import { requestId } from '../parts.ts';

/** Answers `list` and `look_up`. `more`: there are further pages behind the last row. */
export const listed = z.strictObject({ kind: z.literal('listed'), re: requestId, rows: z.array(packedRow), more: z.boolean() });
export type Listed = z.infer<typeof listed>;
