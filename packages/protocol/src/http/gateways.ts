import * as z from 'zod/mini';

/** Where a client may connect, the best first; none where there is only the address that it asked. */
export const gateways = z.strictObject({ gateways: z.array(z.string().check(z.maxLength(300))).check(z.maxLength(8)) });
