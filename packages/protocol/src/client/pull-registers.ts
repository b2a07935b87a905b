import * as z from 'zod/mini';
import { registerVersion, requestId } from '../parts.ts';

/** Registers written after `sinceVer`, oldest first. Answered by `registers`. */
export const pullRegisters = z.strictObject({ kind: z.literal('pull_registers'), id: requestId, sinceVer: registerVersion });
