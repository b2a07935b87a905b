import * as z from 'zod/mini';

/** Something may have been missed: sync now. */
export const resync = z.strictObject({ kind: z.literal('resync') });
