import * as z from 'zod/mini';
import { register, registerSum, registerVersion, requestId } from '../parts.ts';

/** Answers `pull_registers`. `more`: ask again since the last one's version. `sum`: of the versions of all that there are at `headVer`, [REG-2]. */
export const registers = z.strictObject({
  kind: z.literal('registers'),
  re: requestId,
  registers: z.array(register),
  headVer: registerVersion,
  sum: registerSum,
  more: z.boolean(),
});
