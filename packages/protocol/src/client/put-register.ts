import * as z from 'zod/mini';
import { registerKey, registerValue, registerVersion, requestId } from '../parts.ts';

/** Writes one register of personal state if its version is still `ver` (0: it must not exist). Answered by `register_put`, or `error` register_conflict. */
export const putRegister = z.strictObject({
  kind: z.literal('put_register'),
  id: requestId,
  key: registerKey,
  ver: registerVersion,
  value: registerValue,
});
