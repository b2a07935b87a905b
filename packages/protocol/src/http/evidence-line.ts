import { type Digest, digestPattern, type Salt } from '@parlour/core/ids';
import * as z from 'zod/mini';
import { chain, deviceId, entrySeq, operationNumber, personId, position, wallMs } from '../parts.ts';
import { evidenceEnd, evidenceOpening } from './evidence.ts';

const digest = z.string().check(z.regex(digestPattern)) as unknown as z.ZodMiniType<Digest, string>;
const salt = z.string().check(z.regex(digestPattern)) as unknown as z.ZodMiniType<Salt, string>;

/** One line of the evidence of a conversation. `body` is the exact JSON text that was hashed; it is null together with `salt` where it was erased. */
export const evidenceLine = z.discriminatedUnion('line', [
  evidenceOpening,
  z.strictObject({ line: z.literal('person'), id: personId, handle: z.string(), displayName: z.string() }),
  z.strictObject({ line: z.literal('stretch'), previous: position }),
  z.strictObject({
    line: z.literal('entry'),
    seq: entrySeq,
    kind: z.enum(['create', 'message', 'add', 'remove', 'notice']),
    author: personId,
    device: deviceId,
    n: operationNumber,
    target: z.nullable(entrySeq),
    ts: wallMs,
    body: z.nullable(z.string()),
    salt: z.nullable(salt),
    digest,
    chain,
  }),
  evidenceEnd,
]);
