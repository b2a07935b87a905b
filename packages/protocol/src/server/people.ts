import * as z from 'zod/mini';
import { person, requestId } from '../parts.ts';

export const people = z.strictObject({ kind: z.literal('people'), re: requestId, people: z.array(person) });
