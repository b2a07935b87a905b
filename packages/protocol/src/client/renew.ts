import * as z from 'zod/mini';
import { requestId } from '../parts.ts';

/** A fresh access token for the open socket, before the old one ends. Answered by `renewed`; a dead one is refused, and the socket stays until its own token ends. */
export const renew = z.strictObject({ kind: z.literal('renew'), id: requestId, token: z.string().check(z.maxLength(4_096)) });
