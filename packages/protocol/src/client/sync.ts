import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { registerVersion, requestId } from '../parts.ts';

/** "This is what I hold": sums over the 256 most recent conversations. Answered by `synced` with the rows of the groups that differ. */
export const sync = z.strictObject({
  kind: z.literal('sync'),
  id: requestId,
  digest: z.array(z.number().check(z.nonnegative(), z.multipleOf(1))).check(z.length(limits.digestGroupCount)),
  registersVer: registerVersion,
});
