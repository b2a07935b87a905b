import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';
import {
  addBody,
  conversationId,
  describeBody,
  deviceId,
  entrySeq,
  messageBody,
  operationNumber,
  pardonBody,
  position,
  removeBody,
  requestId,
  roleBody,
  rulesBody,
} from '../parts.ts';

const said = <Kind extends string, Body extends z.ZodMiniType>(kind: Kind, body: Body) =>
  z.strictObject({ n: operationNumber, kind: z.literal(kind), target: z.optional(entrySeq), body, after: position });

/** One operation: (device, `n`) is its id for ever. `after`: the sender's contiguous position when it was made ready. */
export const operation = z.discriminatedUnion('kind', [
  said('message', messageBody),
  said('add', addBody),
  said('remove', removeBody),
  said('role', roleBody),
  said('pardon', pardonBody),
  said('describe', describeBody),
  said('rules', rulesBody),
]);
export type OperationOnWire = z.infer<typeof operation>;

/** Operations for one conversation, in order of `n`. A client has one of these under way per conversation. Answered by `sent`, once each is durable or refused. `device`: whose numbers they have, where that is not the socket's own but one that it has taken the place of. */
export const send = z.strictObject({
  kind: z.literal('send'),
  id: requestId,
  conversation: conversationId,
  device: z.optional(deviceId),
  operations: z.array(operation).check(z.minLength(1), z.maxLength(limits.operationsPerSendMax)),
});
