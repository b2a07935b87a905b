import type { Entry, Position } from '@parlour/core/conversation-log/entry';
import { type ErrorCode, errors, type Refusal, type RefusalDetails } from '@parlour/core/errors';
import type { ConversationId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import type { ServerFrame } from '@parlour/protocol/server-frame';
import type { OperationAnswer } from '../owner/owner-tools.ts';
import { presentEntries } from '../present/present-entry.ts';
import type { LoadedRange } from '../usecases/load-range.ts';
import { SharedFrame } from './shared-frame.ts';

export function presentFrame(frame: ServerFrame): SharedFrame {
  return new SharedFrame(JSON.stringify(frame));
}

/** Written by hand where a frame carries entries, whose bodies are JSON text already. */
export function presentEntriesFrame(
  conversation: ConversationId,
  previous: Position,
  entries: readonly Entry[],
  memberSeq: Seq,
): SharedFrame {
  return new SharedFrame(
    `{"kind":"entries","conversation":"${conversation}","previous":${presentPosition(previous)},"entries":${presentEntries(entries)},"memberSeq":${memberSeq}}`,
  );
}

export function presentRangeFrame(re: number, conversation: ConversationId, range: LoadedRange): SharedFrame {
  const { fromSeq, untilSeq, previous, head, entries } = range;
  return new SharedFrame(
    `{"kind":"range","re":${re},"conversation":"${conversation}","fromSeq":${fromSeq},"untilSeq":${untilSeq},"previous":${presentPosition(previous)},"head":${presentPosition(head)},"entries":${presentEntries(entries)}}`,
  );
}

export function presentHeadFrame(conversation: ConversationId, head: Position): SharedFrame {
  return new SharedFrame(`{"kind":"head","conversation":"${conversation}","head":${presentPosition(head)}}`);
}

export function presentTypingFrame(conversation: ConversationId, person: PersonId): SharedFrame {
  return presentFrame({ kind: 'typing', conversation, person });
}

export function presentSentFrame(
  re: number,
  conversation: ConversationId,
  numbers: readonly OperationNumber[],
  answers: readonly OperationAnswer[],
): SharedFrame {
  const results = answers.map((answer, index) => {
    const n = numbers[index];
    if ('seq' in answer) return `{"n":${n},"seq":${answer.seq}}`;
    const { refused, details, retryAfterMs } = answer;
    return JSON.stringify({ n, error: refused, retryable: errors[refused].retryable, retryAfterMs, details: detailsOf(details) });
  });
  return new SharedFrame(`{"kind":"sent","re":${re},"conversation":"${conversation}","results":[${results.join(',')}]}`);
}

export type ErrorPlace = { readonly re?: number; readonly conversation?: ConversationId };

export function presentErrorFrame(
  { refused, details, retryAfterMs }: Refusal & { readonly retryAfterMs?: number },
  place: ErrorPlace,
): SharedFrame {
  const { sentence, retryable } = errors[refused];
  const known = detailsOf(details);
  return presentFrame({
    kind: 'error',
    ...place,
    code: refused,
    sentence,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(known ? { details: known } : {}),
  });
}

export function closeCodeOf(code: ErrorCode): number {
  const entry = errors[code];
  if (!('closeCode' in entry)) throw new TypeError(`${code} does not end a connection`);
  return entry.closeCode;
}

function presentPosition({ seq, chain }: Position): string {
  return `{"seq":${seq},"chain":"${chain}"}`;
}

function detailsOf(details: RefusalDetails): Record<string, string | number> | undefined {
  return Object.keys(details).length > 0 ? { ...details } : undefined;
}
