import * as z from 'zod/mini';
import { requestId, wallMs } from '../parts.ts';

export const renewed = z.strictObject({ kind: z.literal('renewed'), re: requestId, tokenExpiresAt: wallMs });
