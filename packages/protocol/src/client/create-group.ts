import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { describeBody, groupTitle, operationNumber, personId, requestId, rulesBody } from '../parts.ts';

/** A group with its first members, beside whoever begins it and owns it. */
export const newGroup = z.strictObject({
  title: groupTitle,
  about: describeBody.shape.about,
  hue: describeBody.shape.hue,
  rules: z.optional(rulesBody),
  members: z.array(personId).check(z.maxLength(limits.membersAtCreationMax)),
});

/** Begins a group. (device, `n`) is the operation's id, and makes the group's: asked again, it is answered with the same one. Answered by `opened`. */
export const createGroup = z.strictObject({ kind: z.literal('create_group'), id: requestId, n: operationNumber, group: newGroup });
