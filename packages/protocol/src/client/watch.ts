import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { personId } from '../parts.ts';

/** The people on the screen, whose presence is wanted; replaces those named before. Answered by `presence` now and at each change. */
export const watch = z.strictObject({ kind: z.literal('watch'), people: z.array(personId).check(z.maxLength(limits.presenceWatchMax)) });
