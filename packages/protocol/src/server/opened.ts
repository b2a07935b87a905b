import * as z from 'zod/mini';
import { packedRow } from '../packed-row.ts';
import { requestId } from '../parts.ts';

export const opened = z.strictObject({ kind: z.literal('opened'), re: requestId, row: packedRow });
export type Opened = z.infer<typeof opened>;
