import * as z from 'zod/mini';
import { personId, seq, wallMs } from '../parts.ts';

/** "Read up to here", "received up to here"; 0 says nothing. Answered by where the marker stands now. */
export const markConversation = z.strictObject({ readSeq: seq, receivedSeq: seq });

/** Who has read and received up to where: oneself, and those others who tell it. `steps`: when, newest first, as far as it is remembered. */
export const markersOfConversation = z.strictObject({
  markers: z.array(
    z.strictObject({
      person: personId,
      readSeq: seq,
      receivedSeq: seq,
      steps: z.array(z.strictObject({ readSeq: seq, at: wallMs })),
    }),
  ),
});
