import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import {
  addBody,
  conversationId,
  describeBody,
  deviceId,
  entry,
  entrySeq,
  messageBody,
  operationNumber,
  pardonBody,
  position,
  removeBody,
  roleBody,
  rulesBody,
} from '../parts.ts';
import { wholeNumber } from './in-query.ts';

/** Entries of [`fromSeq`, `untilSeq`), at most `limit`, from the range's first or last on. Left out: from the first, up to the head, `last`, 50. */
export const loadEntries = z.strictObject({
  fromSeq: z.optional(wholeNumber(entrySeq)),
  untilSeq: z.optional(wholeNumber(entrySeq)),
  end: z.optional(z.enum(['first', 'last'])),
  limit: z.optional(wholeNumber(z.int().check(z.positive(), z.maximum(limits.entriesPerRangeMax)))),
});

const act = <Kind extends string, Body extends z.ZodMiniType>(kind: Kind, body: Body) =>
  z.strictObject({ device: deviceId, n: operationNumber, kind: z.literal(kind), body, after: z.optional(position) });

/** One unbroken piece of what was asked for, as in the frame `range`. */
export const loadedEntries = z.strictObject({
  conversation: conversationId,
  fromSeq: entrySeq,
  untilSeq: entrySeq,
  previous: position,
  head: position,
  entries: z.array(entry),
});

/**
 * Sends one message. (`device`, `n`) is its id: the same request sent again answers the same seq. A script mints one device id and counts `n` up from 1.
 * `text` is short for a `body` of text alone. `after`: where the sender stood when it was written; the head where it is left out.
 */
export const sendMessage = z
  .strictObject({
    device: deviceId,
    n: operationNumber,
    text: z.optional(messageBody.shape.text),
    body: z.optional(messageBody),
    after: z.optional(position),
  })
  .check(z.refine(({ text, body }) => (text === undefined) !== (body === undefined), 'give either text or body'));

/** Leads a group by one act, as a client does in a frame: the kind of entry and its body. `after` as of a message. */
export const actInGroup = z.discriminatedUnion('kind', [
  act('add', addBody),
  act('remove', removeBody),
  act('role', roleBody),
  act('pardon', pardonBody),
  act('describe', describeBody),
  act('rules', rulesBody),
]);

export const sentMessage = z.strictObject({ seq: entrySeq });
