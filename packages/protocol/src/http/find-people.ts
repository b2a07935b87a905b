import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { handle, person } from '../parts.ts';

/** By the whole handle, or by the beginning of any word of the name; one of the two. */
export const findPeople = z
  .strictObject({
    handle: z.optional(handle),
    name: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.displayNameLengthMax))),
  })
  .check(z.refine(({ handle, name }) => (handle === undefined) !== (name === undefined), 'give either handle or name'));

export const foundPeople = z.strictObject({ people: z.array(person) });
