import * as z from 'zod/mini';
import { registerKey, registerVersion, requestId } from '../parts.ts';

export const registerPut = z.strictObject({ kind: z.literal('register_put'), re: requestId, key: registerKey, ver: registerVersion });
