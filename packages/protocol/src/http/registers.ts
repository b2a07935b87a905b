import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { register, registerKey, registerSum, registerValue, registerVersion } from '../parts.ts';
import { wholeNumber } from './in-query.ts';

/** One's personal state (settings, drafts) that changed since a version; all of it without one. */
export const loadRegisters = z.strictObject({
  sinceVer: z.optional(wholeNumber(registerVersion)),
  limit: z.optional(wholeNumber(z.int().check(z.positive(), z.maximum(limits.registersPerPersonMax)))),
});

/** In order of `ver`. `more`: ask again since the last one's version. */
export const loadedRegisters = z.strictObject({
  registers: z.array(register),
  headVer: registerVersion,
  sum: registerSum,
  more: z.boolean(),
});

/** Writes if the register's version is still `ver` (0: it must not exist yet). */
export const writeRegister = z.strictObject({ ver: registerVersion, value: registerValue });

export const writtenRegister = z.strictObject({ key: registerKey, ver: registerVersion, previousVer: registerVersion });
