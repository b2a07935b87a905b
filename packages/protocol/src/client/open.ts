import * as z from 'zod/mini';
import { personId, requestId } from '../parts.ts';

/** Opens the direct conversation with a person (oneself too), creating it where there is none. Answered by `opened`. */
export const open = z.strictObject({ kind: z.literal('open'), id: requestId, person: personId });
