import * as z from 'zod/mini';
import { registerKey, registerVersion, requestId } from '../parts.ts';

/** `previousVer`: the newest version before. Whoever holds all up to there now holds all up to `ver`. */
export const registerPut = z.strictObject({
  kind: z.literal('register_put'),
  re: requestId,
  key: registerKey,
  ver: registerVersion,
  previousVer: registerVersion,
});
