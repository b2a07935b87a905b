import * as z from 'zod/mini';
import { requestId } from '../parts.ts';

/** "Are you there?" Answered by `pong` at once. */
export const ping = z.strictObject({ kind: z.literal('ping'), id: requestId });
