import * as z from 'zod/mini';
import { requestId, wallMs } from '../parts.ts';

export const pong = z.strictObject({ kind: z.literal('pong'), re: requestId, serverTime: wallMs });
