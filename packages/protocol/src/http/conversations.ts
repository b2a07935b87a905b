import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import { conversationId, conversationRow, personId, wallMs } from '../parts.ts';
import { wholeNumber } from './in-query.ts';

/** A page of one's conversations, most recent first. The next page: the last row's `activity` and `conversation`. `limit` is 50 where it is left out. */
export const listConversations = z
  .strictObject({
    limit: z.optional(wholeNumber(z.int().check(z.positive(), z.maximum(limits.conversationsPerPageMax)))),
    beforeActivity: z.optional(wholeNumber(wallMs)),
    beforeConversation: z.optional(conversationId),
  })
  .check(
    z.refine(
      ({ beforeActivity, beforeConversation }) => (beforeActivity === undefined) === (beforeConversation === undefined),
      'give both beforeActivity and beforeConversation, or neither',
    ),
  );

export const listedConversations = z.strictObject({ rows: z.array(conversationRow), more: z.boolean() });

/** Opens the direct conversation with a person (oneself too), creating it where there is none. */
export const openConversation = z.strictObject({ person: personId });
