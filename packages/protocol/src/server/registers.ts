import * as z from 'zod/mini';
import { register, registerVersion, requestId } from '../parts.ts';

/** Answers `pull_registers`. `more`: ask again since the last one's version. */
export const registers = z.strictObject({
  kind: z.literal('registers'),
  re: requestId,
  registers: z.array(register),
  headVer: registerVersion,
  more: z.boolean(),
});
