import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { newGroup } from '../client/create-group.ts';
import { deviceId, entrySeq, operationNumber, person, personId, role, seq } from '../parts.ts';
import { wholeNumber } from './in-query.ts';

/** (`device`, `n`) is the operation's id, and makes the group's. */
export const beginGroup = z.extend(newGroup, { device: deviceId, n: operationNumber });

/** A page of the members: those of the highest role first, and then who has been there longest. `name`: the beginning of a word of the name, or of the handle.
 * `knownSeq`: how far the asker knows the log; the answer is no older. */
export const listMembers = z.strictObject({
  limit: z.optional(wholeNumber(z.int().check(z.positive(), z.maximum(limits.membersPerPageMax)))),
  after: z.optional(personId),
  knownSeq: z.optional(wholeNumber(seq)),
  role: z.optional(role),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.displayNameLengthMax))),
});

const member = z.strictObject({ person, role, joinedSeq: entrySeq });

/** `count`: of those that the query asks for, on all pages; null where names were asked for, of which no more are looked up than are shown. */
export const listedMembers = z.strictObject({ members: z.array(member), more: z.boolean(), count: z.nullable(z.int()) });

/** Who is banned, the longest first; told to those who may pardon. */
export const listedBans = z.strictObject({ people: z.array(person) });
