import * as z from 'zod/mini';

/** This server is going down: finish, and come back after the time given. The socket closes soon (4002). */
export const draining = z.strictObject({ kind: z.literal('draining'), reconnectAfterMs: z.int() });
