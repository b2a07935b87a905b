import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { packedRow } from '../packed-row.ts';
import { registerSum, registerVersion, requestId } from '../parts.ts';

/** Answers `sync`: `groups` are those that differed, `rows` all of the 256 most recent conversations that fall into them. */
export const synced = z.strictObject({
  kind: z.literal('synced'),
  re: requestId,
  groups: z.array(z.int().check(z.nonnegative(), z.maximum(limits.digestGroupCount - 1))),
  rows: z.array(packedRow),
  registersVer: registerVersion,
  /** Of the versions of all registers at `registersVer`. */
  registersSum: registerSum,
  /** Conversations there are in all; older ones are paged by `list`. */
  conversationCount: z.int(),
});
export type Synced = z.infer<typeof synced>;
