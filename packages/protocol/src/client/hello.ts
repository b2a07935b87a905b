import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { deviceId, operationNumberOrNone } from '../parts.ts';

/** The first frame: who, as which replica, in which versions. Answered by `welcome`, or an `error` and the end of the socket. */
export const hello = z.strictObject({
  kind: z.literal('hello'),
  versions: z.array(z.int()).check(z.minLength(1), z.maxLength(16)),
  token: z.string().check(z.maxLength(4_096)),
  device: deviceId,
  /** The highest operation number this replica has taken; where the server knows a higher one, the store is older than what it has sent. */
  operationNumber: operationNumberOrNone,
  client: z.string().check(z.maxLength(limits.deviceLabelLengthMax)),
});
export type Hello = z.infer<typeof hello>;
