import type { PendingMessage, Timeline, TimelineItem } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import { expect, test } from 'vitest';
import { firstUnreadFrom, presentRows, type Row } from './rows.ts';

const me = 'me' as PersonId;
const noonMs = new Date(2026, 10, 20, 12).getTime();

function message(seq: number, author: string, at: number): TimelineItem {
  return {
    kind: 'message',
    key: `device.${seq}`,
    seq,
    author,
    device: 'device',
    n: seq,
    ord: seq,
    at,
    own: author === me,
    text: `text ${seq}`,
    replyTo: [],
    action: false,
    tick: author === me ? 'sent' : null,
  } as unknown as TimelineItem;
}

function timelineOf(items: readonly TimelineItem[], changes: Partial<Timeline> = {}): Timeline {
  const empty = { pending: [], pendingActs: [], hasOlder: false, hasNewer: false, loading: null, problem: null, receipts: [], typing: [] };
  return { state: 'ready', items, firstSeq: 1, headSeq: items.length, readSeq: 0, unread: 0, ...empty, ...changes } as Timeline;
}

const minutes = (count: number) => noonMs + count * 60_000;
const talk = [message(1, 'mara', minutes(0)), message(2, 'mara', minutes(1)), message(3, me, minutes(2)), message(4, me, minutes(9))];
const rowsOf = (timeline: Timeline, newFromSeq: number | null = null) =>
  presentRows(timeline, { me, newFromSeq: newFromSeq as Seq | null, opened: new Set() });
const runs = (rows: readonly Row[]) =>
  rows.flatMap((row) => (row.kind === 'message' ? [`${row.first ? '[' : ''}${row.seq}${row.last ? ']' : ''}`] : []));

test('[X-23] messages of one person within five minutes stand together', () => {
  expect(runs(rowsOf(timelineOf(talk)))).toEqual(['[1', '2]', '[3]', '[4]']);
});

test('[X-22] a day is told where it begins, and only there', () => {
  const days = rowsOf(timelineOf([...talk, message(5, 'mara', minutes(24 * 60)), message(6, 'mara', minutes(24 * 60 + 1))]));
  expect(days.map(({ kind }) => kind)).toEqual(['day', 'message', 'message', 'message', 'message', 'day', 'message', 'message']);
});

test('[X-14] a row is the same before and after the history above it has come', () => {
  const whole = rowsOf(timelineOf(talk));
  for (const from of [1, 2, 3]) {
    const part = rowsOf(timelineOf(talk.slice(from), { hasOlder: true }));
    expect(part).toEqual(whole.slice(whole.length - part.length));
  }
});

test('[X-16] the divider stands before the first message of someone else that is not read', () => {
  const timeline = timelineOf(talk, { readSeq: 1 as Seq, unread: 1 });
  expect(firstUnreadFrom(timeline, 2 as Seq)?.seq).toBe(2);
  expect(rowsOf(timeline, 2).map(({ key }) => key)).toEqual(['day 1', 'device.1', 'new', 'device.2', 'device.3', 'device.4']);
  expect(firstUnreadFrom(timeline, 3 as Seq)).toBeNull();
});

test('[X-2] a message that waits has a clock, one that failed says so, one that is durable a tick, one that could be lost nothing', () => {
  const pending = (['keeping', 'queued', 'sending', 'acknowledged', 'failed'] as const).map(
    (state, index) => ({ key: `p${index}`, n: index + 9, text: 'later', at: minutes(10), state, error: null }) as unknown as PendingMessage,
  );
  const ticks = rowsOf(timelineOf(talk, { pending })).flatMap((row) => (row.kind === 'message' && row.pending ? [row.tick] : []));
  expect(ticks).toEqual(['keeping', 'clock', 'clock', 'sent', 'failed']);
});

test('what waits is out of sight while the window stands elsewhere in the log', () => {
  const pending = [{ key: 'p', n: 9, text: 'later', at: minutes(10), state: 'queued', error: null } as unknown as PendingMessage];
  expect(rowsOf(timelineOf(talk, { pending, hasNewer: true })).some(({ key }) => key === 'p')).toBe(false);
});

test('what one does to a group and is not there yet stands behind everything, and nowhere where the end is not shown', () => {
  const pendingActs = [
    { key: 'act', n: 9, at: minutes(10), state: 'queued', error: null, act: { kind: 'pardon', body: { person: me } } },
  ] as never;
  expect(rowsOf(timelineOf(talk, { pendingActs })).at(-1)).toMatchObject({ kind: 'act', key: 'act', author: me });
  expect(rowsOf(timelineOf(talk, { pendingActs, hasNewer: true })).some(({ key }) => key === 'act')).toBe(false);
});

test('rows in which nothing changed stay the same objects', () => {
  const answering = (text: string) => [...talk, { ...message(5, 'mara', minutes(10)), replyTo: [1], text }] as TimelineItem[];
  const options = { me, newFromSeq: null, opened: new Set<Seq>() };
  const before = presentRows(timelineOf(answering('one')), options);
  const after = presentRows(timelineOf(answering('another').map((item) => ({ ...item }))), options, before);
  expect(after.map((row, index) => row === before[index])).toEqual([true, true, true, true, true, false]);
});
