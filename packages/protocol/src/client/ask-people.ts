import * as z from 'zod/mini';
import { personId, requestId } from '../parts.ts';

/** Names for ids (authors of a group's history, say). Answered by `people`; unknown ids are left out. */
export const askPeople = z.strictObject({
  kind: z.literal('ask_people'),
  id: requestId,
  people: z.array(personId).check(z.minLength(1), z.maxLength(100)),
});
