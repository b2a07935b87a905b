import * as z from 'zod/mini';
import { person } from '../parts.ts';

/** Somebody whom one may have on the screen is called otherwise now, or says something else about themselves. */
export const personChanged = z.strictObject({ kind: z.literal('person_changed'), person });
