import * as z from 'zod/mini';
import { presenceState } from '../parts.ts';

export const presence = z.strictObject({ kind: z.literal('presence'), people: z.array(presenceState) });
