import type { PendingAct, PendingMessage, Tick, Timeline, TimelineItem } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import { dayOf } from '../text/time.ts';
import { type FoldRow, foldLines } from './folds.ts';

type LineItem = Exclude<TimelineItem, { kind: 'message' }>;

export type MessageRow = {
  readonly kind: 'message';
  readonly key: string;
  /** Null while it is pending. */
  readonly seq: Seq | null;
  /** Null once it is in the log. */
  readonly pending: PendingMessage | null;
  readonly author: PersonId;
  readonly own: boolean;
  readonly text: string;
  readonly action: boolean;
  readonly at: number;
  /** `keeping`: it is not yet durable on this device. */
  readonly tick: Tick | 'keeping' | null;
  readonly quote: Quote | null;
  /** Whether it begins, and ends, a run of messages by one person. */
  readonly first: boolean;
  readonly last: boolean;
};

/** The message that another answers; its author and text are known only where it is in the window. */
export type Quote = { readonly seq: Seq; readonly author: PersonId | null; readonly text: string | null };

export type Row =
  | MessageRow
  | { readonly kind: 'line'; readonly key: string; readonly seq: Seq; readonly item: LineItem }
  | FoldRow
  /** Done to the group by oneself, and not in the log yet. */
  | { readonly kind: 'act'; readonly key: string; readonly author: PersonId; readonly at: number; readonly pending: PendingAct }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string };

const runBreakMs = 5 * 60_000;

type Side = { readonly author: PersonId; readonly at: number } | null;

function joins(one: Side, other: Side): boolean {
  return (
    one !== null && other !== null && one.author === other.author && other.at - one.at < runBreakMs && dayOf(one.at) === dayOf(other.at)
  );
}

function sideOf(item: TimelineItem | undefined): Side {
  return item?.kind === 'message' ? item : null;
}

/**
 * What the list shows, oldest first. Where older entries exist, the oldest one in the window is not shown but only looked at: so a row
 * is as high before the next page of history stands above it as afterwards.
 * @param newFromSeq the first entry that was unread when the conversation was opened; null where there was none
 * @param opened entries of which any keeps the lines around it unfolded
 * @param before what was shown until now: rows in which nothing changed stay the same objects, so that only the others are drawn
 */
export function presentRows(
  timeline: Timeline,
  { me, newFromSeq, opened }: { me: PersonId; newFromSeq: Seq | null; opened: ReadonlySet<Seq> },
  before: readonly Row[] = [],
): readonly Row[] {
  const known = new Map(before.map((row) => [row.key, row]));
  return foldLines(makeRows(timeline, { me, newFromSeq }), opened).map((row) => keepSameRow(known.get(row.key), row));
}

function keepSameRow(before: Row | undefined, now: Row): Row {
  if (before === undefined || before.kind !== now.kind) return now;
  return isSame(before, now) ? before : now;
}

function isSame(one: object, other: object): boolean {
  return Object.entries(other).every(([field, value]) => {
    const was: unknown = one[field as keyof typeof one];
    return Object.is(was, value) || (field === 'quote' && isObject(was) && isObject(value) && isSame(was, value));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function makeRows(timeline: Timeline, { me, newFromSeq }: { me: PersonId; newFromSeq: Seq | null }): Row[] {
  const { items, hasOlder, hasNewer } = timeline;
  const pending = hasNewer ? [] : timeline.pending;
  const bySeq = new Map(items.map((item) => [item.seq, item]));
  const rows: Row[] = [];
  for (let index = hasOlder ? 1 : 0; index < items.length; index += 1) {
    const item = items[index] as TimelineItem;
    if (item.kind === 'unknown') continue;
    const previous = items[index - 1];
    if (previous === undefined || dayOf(previous.at) !== dayOf(item.at)) rows.push({ kind: 'day', key: `day ${item.seq}`, at: item.at });
    if (item.seq === newFromSeq) rows.push({ kind: 'new', key: 'new' });
    if (item.kind !== 'message') {
      rows.push({ kind: 'line', key: item.key, seq: item.seq, item });
      continue;
    }
    const firstPending = pending[0];
    const next = items[index + 1] ?? (firstPending === undefined ? null : { kind: 'pending' as const, author: me, at: firstPending.at });
    rows.push({
      kind: 'message',
      key: item.key,
      seq: item.seq,
      pending: null,
      author: item.author,
      own: item.own,
      text: item.text,
      action: item.action,
      at: item.at,
      tick: item.tick,
      quote: quoteOf(item.replyTo[0], bySeq),
      first: item.seq === newFromSeq || !joins(sideOf(previous), item),
      last: !joins(item, next?.kind === 'message' || next?.kind === 'pending' ? next : null),
    });
  }
  const acts = hasNewer ? [] : timeline.pendingActs;
  const behind = [
    ...presentPending(pending, sideOf(items.at(-1)), me),
    ...acts.map((act): Row => ({ kind: 'act', key: act.key, author: me, at: act.at, pending: act })),
  ];
  return [...rows, ...behind];
}

function quoteOf(seq: Seq | undefined, bySeq: ReadonlyMap<Seq, TimelineItem>): Quote | null {
  if (seq === undefined) return null;
  const target = bySeq.get(seq);
  return target?.kind === 'message' ? { seq, author: target.author, text: target.text } : { seq, author: null, text: null };
}

function presentPending(pending: readonly PendingMessage[], before: Side, me: PersonId): MessageRow[] {
  const sides: Side[] = [before, ...pending.map(({ at }) => ({ author: me, at })), null];
  return pending.map((message, index) => ({
    kind: 'message',
    key: message.key,
    seq: null,
    pending: message,
    author: me,
    own: true,
    text: message.text,
    action: false,
    at: message.at,
    tick: pendingTick(message),
    quote: null,
    first: !joins(sides[index] ?? null, sides[index + 1] ?? null),
    last: !joins(sides[index + 1] ?? null, sides[index + 2] ?? null),
  }));
}

function pendingTick({ state }: PendingMessage): Tick | 'keeping' {
  if (state === 'failed' || state === 'keeping') return state;
  return state === 'acknowledged' ? 'sent' : 'clock';
}

/** The first message of someone else at a place or behind it; null where there is none in the window. */
export function firstUnreadFrom({ items }: Timeline, from: Seq): { readonly seq: Seq; readonly at: number } | null {
  return items.find((item) => item.seq >= from && item.kind === 'message' && !item.own) ?? null;
}

/** Whether an entry is shown by a row, or folded into it. */
export function shows(row: Row, seq: Seq): boolean {
  if (row.kind === 'fold') return row.fromSeq <= seq && seq <= row.seq;
  return 'seq' in row && row.seq === seq;
}
