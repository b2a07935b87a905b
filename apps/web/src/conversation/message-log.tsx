import type { ConversationView, Timeline } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import { useStatus } from '@parlour/sdk-react/use-account';
import ArrowDown from 'lucide-react/icons/arrow-down';
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { presentRefusal } from '../text/sentence.ts';
import { useMarkup } from '../text/use-markup.ts';
import { MessageList, type MessageListHandle } from './message-list.tsx';
import { MessageLogRow } from './message-log-row.tsx';
import { firstUnreadSeq, presentRows, type Row } from './rows.ts';

export type MessageLogHandle = { jumpTo(place: Seq | 'first' | 'last'): Promise<void>; showEnd(): void };

type Place = Seq | 'first' | 'last';
type Props = {
  ref: Ref<MessageLogHandle>;
  view: ConversationView;
  timeline: Timeline;
  me: PersonId;
  /** Where the address points; null at the first unread, or the end. */
  seq: Seq | null;
  grouped: boolean;
  onEscape: () => void;
};

const flashMs = 1_300;
/** How long a connection that is being made is waited for, before what is stored has to do. */
const connectionPatienceMs = 2_000;

/** What was said, as far as one scrolls: it grows at both ends, jumps anywhere, and tells what was read. */
export function MessageLog({ ref, view, timeline, me, seq, grouped, onEscape }: Props) {
  const list = useRef<MessageListHandle>(null);
  const opening = useOpening(view, timeline, seq);
  const newFromSeq = opening?.newFromSeq ?? null;
  const rows = useMemo(() => presentRows(timeline, { me, newFromSeq }), [timeline, me, newFromSeq]);
  const [atEnd, setAtEnd] = useState(true);
  // Rows that were measured before their marks could be read would change under the reader.
  const isReadable = useMarkup() !== null;
  const [arrived, setArrived] = useState(seq === null);
  const { jumpTo, wanted, flashKey, tryAgain } = useJumps({ view, timeline, rows, list });
  const newest = useRef(timeline);
  newest.current = timeline;

  useEffect(() => {
    if (seq !== null) void jumpTo(seq).then(() => setArrived(true));
  }, [seq, jumpTo]);

  const showEnd = useCallback(() => {
    if (newest.current.hasNewer) void jumpTo('last');
    else list.current?.showEnd();
  }, [jumpTo]);
  useImperativeHandle(ref, () => ({ jumpTo, showEnd }), [jumpTo, showEnd]);

  const onNearStart = useCallback(() => {
    const { hasOlder, loading, problem } = newest.current;
    if (hasOlder && loading === null && problem === null) void view.loadOlder();
  }, [view]);
  const onNearEnd = useCallback(() => {
    const { hasNewer, loading, problem } = newest.current;
    if (hasNewer && loading === null && problem === null) void view.loadNewer();
  }, [view]);
  const onSeen = useCallback(
    (row: Row) => {
      const seen = row.kind === 'message' && row.seq === null ? newest.current.items.at(-1)?.seq : 'seq' in row ? row.seq : undefined;
      if (seen != null && seen > newest.current.readSeq) view.markRead(seen);
    },
    [view],
  );
  const actions = useMemo(
    () => ({
      retry: (n: Parameters<typeof view.retry>[0]) => void view.retry(n),
      discard: (n: Parameters<typeof view.discard>[0]) => void view.discard(n),
    }),
    [view],
  );
  const onJump = useCallback((to: Seq) => void jumpTo(to), [jumpTo]);

  const newKey = newFromSeq === null ? null : 'new';
  return (
    <div className="message-list" data-state={timeline.state} data-loading={timeline.loading ?? undefined}>
      {opening !== null && arrived && isReadable && (
        <MessageList
          ref={list}
          rows={rows}
          openAtKey={seq === null ? newKey : null}
          wanted={wanted}
          startIsFirst={!timeline.hasOlder}
          onNearStart={onNearStart}
          onNearEnd={onNearEnd}
          onSeen={onSeen}
          onAtEnd={setAtEnd}
          onEscape={onEscape}
        >
          {(row, reachable) => (
            <MessageLogRow
              row={row}
              {...{ reachable, grouped, actions, onJump }}
              flash={row.key === flashKey}
              receipts={timeline.receipts}
            />
          )}
        </MessageList>
      )}
      {timeline.problem !== null && (
        <p className="message-list-problem" role="status">
          {presentRefusal(timeline.problem)}
          <Button onClick={tryAgain}>Try again</Button>
        </p>
      )}
      {(!atEnd || timeline.hasNewer) && rows.length > 0 && (
        <button type="button" className="message-list-down" aria-label={downLabel(timeline.unread)} onClick={showEnd}>
          <ArrowDown size={19} strokeWidth={1.75} aria-hidden="true" />
          {timeline.unread > 0 && <strong>{timeline.unread.toLocaleString()}</strong>}
        </button>
      )}
    </div>
  );
}

function downLabel(unread: number): string {
  return unread === 0 ? 'To the newest message' : `To the newest message, ${unread} unread`;
}

type Opening = { readonly newFromSeq: Seq | null };

/**
 * Where the unread ones began when this was opened: it stands there while one reads. Null until it is known: where they began before the
 * window, the window goes there first, unless it cannot.
 */
function useOpening(view: ConversationView, timeline: Timeline, seq: Seq | null): Opening | null {
  const [opening, setOpening] = useState<Opening | null>(null);
  const [went, setWent] = useState(false);
  const online = useStatus().connection.state === 'online';
  const { state, items, readSeq, unread, hasOlder } = timeline;
  const isHere = state === 'ready' && (items.length > 0 || (!hasOlder && timeline.loading === null));
  const beganEarlier = unread > 0 && hasOlder && (items[0]?.seq ?? 0) > readSeq + 1;
  const mustGo = isHere && beganEarlier && seq === null && !went;

  useEffect(() => {
    if (!mustGo) return;
    let stale = false;
    void view.jumpTo((readSeq + 1) as Seq).then(() => !stale && online && setWent(true));
    const timer = online ? undefined : window.setTimeout(() => setWent(true), connectionPatienceMs);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [mustGo, online, view, readSeq]);

  if (opening === null && isHere && !mustGo) setOpening({ newFromSeq: firstUnreadSeq(timeline) });
  return opening;
}

type Jumping = { view: ConversationView; timeline: Timeline; rows: readonly Row[]; list: { readonly current: MessageListHandle | null } };

/** A jump moves the window first; what was jumped to comes into view once it is among the rows, and stands out for a moment. */
function useJumps({ view, timeline, rows, list }: Jumping) {
  const [place, setPlace] = useState<Place | null>(null);
  const [failed, setFailed] = useState<Place | null>(null);
  const [flashKey, setFlashKey] = useState<string | null>(null);
  const jumpTo = useCallback(
    async (to: Place) => {
      setPlace(null);
      setFailed(null);
      await view.jumpTo(to);
      setPlace(to);
    },
    [view],
  );

  const isSettled = timeline.loading !== 'window';
  const isImpossible = timeline.problem !== null;
  const { hasNewer } = timeline;
  useEffect(() => {
    if (place === null || !isSettled) return;
    if (isImpossible) {
      setPlace(null);
      setFailed(place);
    } else if (place === 'last' && !hasNewer) {
      list.current?.showEnd();
      setPlace(null);
    }
  }, [place, isSettled, isImpossible, hasNewer, list]);

  const tryAgain = useCallback(() => {
    if (failed !== null) return void jumpTo(failed);
    void view.loadOlder().then(() => view.loadNewer());
  }, [failed, jumpTo, view]);
  useWhenBackOnline(isImpossible, tryAgain);

  const key =
    place === null || place === 'last' || !isSettled
      ? null
      : rowAt(rows, place === 'first' ? place : (Math.min(place, timeline.headSeq) as Seq));
  const wanted = useMemo(() => {
    if (key === null) return null;
    const onShown = () => {
      setPlace(null);
      if (place !== 'first') setFlashKey(key);
    };
    return { key, align: place === 'first' ? ('start' as const) : ('center' as const), onShown };
  }, [key, place]);

  useEffect(() => {
    if (flashKey === null) return;
    const timer = window.setTimeout(() => setFlashKey(null), flashMs);
    return () => window.clearTimeout(timer);
  }, [flashKey]);

  return { jumpTo, wanted, flashKey, tryAgain };
}

/** The row of an entry, or of the next one that is shown. */
function rowAt(rows: readonly Row[], place: Seq | 'first'): string | null {
  const row = place === 'first' ? rows[0] : rows.find((one) => 'seq' in one && one.seq !== null && one.seq >= place);
  return row?.key ?? null;
}

/** What failed for want of a connection is tried again when there is one. */
function useWhenBackOnline(hasFailed: boolean, tryAgain: () => void): void {
  const online = useStatus().connection.state === 'online';
  const newest = useRef({ hasFailed, tryAgain });
  newest.current = { hasFailed, tryAgain };
  useEffect(() => {
    if (online && newest.current.hasFailed) newest.current.tryAgain();
  }, [online]);
}
