import type { WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { z } from 'zod';

const nameLengthMax = 200;
const dayMs = 86_400_000;

const common = {
  channel: z.string().min(1).max(nameLengthMax),
  line: z.int().min(0),
  time: z.iso.datetime({ offset: true }),
  /** Days after the date in `time`, which does not have them added yet. */
  day: z.int().min(0).max(366).optional(),
  text: z.string(),
  replyTo: z.array(z.int().min(0)).optional(),
};
const author = z.string().min(1).max(nameLengthMax);
const schema = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.enum(['message', 'action']), author }),
  z.object({ ...common, kind: z.literal('system'), author: author.optional() }),
]);

/** One line of chat history, understood. `author` is null where a channel itself speaks. */
export type ImportedLine = {
  readonly channel: string;
  readonly line: number;
  readonly ts: WallMs;
  readonly kind: 'message' | 'action' | 'system';
  readonly author: string | null;
  readonly text: string;
  /** Line numbers of the same channel. */
  readonly replyTo: readonly number[];
};

/** Why a line is not imported, in words that many lines share, and what is particular to this one. */
export type LeftOut = { readonly reason: string; readonly detail: string };

export function parseImportedLine(text: string): ImportedLine | LeftOut {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'malformed', detail: 'it is not JSON' };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join('.');
    return { reason: 'malformed', detail: `${field === '' ? 'the line' : field}: ${issue?.message ?? 'not understood'}` };
  }
  const { channel, line, time, day = 0, kind, text: said, replyTo = [] } = parsed.data;
  if (said.trim() === '') return { reason: 'empty text', detail: `line ${line} of ${channel}` };
  if (said.length > limits.textLengthMax) {
    return { reason: `text over ${limits.textLengthMax} characters`, detail: `line ${line} of ${channel} has ${said.length}` };
  }
  const ts = (Date.parse(time) + day * dayMs) as WallMs;
  return { channel, line, ts, kind, author: kind === 'system' ? null : parsed.data.author, text: said, replyTo };
}
