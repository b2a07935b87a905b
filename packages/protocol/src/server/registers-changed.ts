import * as z from 'zod/mini';
import { registerVersion } from '../parts.ts';

/** A hint: another device of yours has written personal state. */
export const registersChanged = z.strictObject({ kind: z.literal('registers_changed'), headVer: registerVersion });
