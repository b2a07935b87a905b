import type { ConversationView, Timeline } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import ArrowDown from 'lucide-react/icons/arrow-down';
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { presentRefusal } from '../text/sentence.ts';
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

/** What was said, as far as one scrolls: it grows at both ends, jumps anywhere, and tells what was read. */
export function MessageLog({ ref, view, timeline, me, seq, grouped, onEscape }: Props) {
  const list = useRef<MessageListHandle>(null);
  const opening = useOpening(view, timeline, seq);
  const newFromSeq = opening?.newFromSeq ?? null;
  const rows = useMemo(() => presentRows(timeline, { me, newFromSeq }), [timeline, me, newFromSeq]);
  const [atEnd, setAtEnd] = useState(true);
  const { jumpTo, flashKey } = useJumps({ view, timeline, rows, list });
  const newest = useRef(timeline);
  newest.current = timeline;

  useEffect(() => {
    if (seq !== null) void jumpTo(seq);
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
      {opening !== null && (
        <MessageList
          ref={list}
          rows={rows}
          openAtKey={seq === null ? newKey : null}
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
          <Button onClick={() => void (atEnd || !timeline.hasOlder ? view.loadNewer() : view.loadOlder())}>Try again</Button>
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
  const { state, items, readSeq, unread, hasOlder, problem } = timeline;
  const isHere = state === 'ready' && (items.length > 0 || (!hasOlder && timeline.loading === null));
  const beganEarlier = unread > 0 && hasOlder && (items[0]?.seq ?? 0) > readSeq + 1;
  const mustGo = isHere && beganEarlier && seq === null && !went;

  useEffect(() => {
    if (!mustGo) return;
    let stale = false;
    void view.jumpTo((readSeq + 1) as Seq).then(() => !stale && setWent(true));
    return () => {
      stale = true;
    };
  }, [mustGo, view, readSeq]);

  const cannotGo = problem !== null;
  if (opening === null && isHere && (!mustGo || cannotGo)) setOpening({ newFromSeq: beganEarlier ? null : firstUnreadSeq(timeline) });
  return opening;
}

type Jumping = { view: ConversationView; timeline: Timeline; rows: readonly Row[]; list: { readonly current: MessageListHandle | null } };

/** A jump moves the window first; what was jumped to comes into view once it is among the rows. */
function useJumps({ view, timeline, rows, list }: Jumping) {
  const [wanted, setWanted] = useState<Place | null>(null);
  const [flashKey, setFlashKey] = useState<string | null>(null);
  const jumpTo = useCallback(
    async (place: Place) => {
      await view.jumpTo(place);
      setWanted(place);
    },
    [view],
  );

  useEffect(() => {
    if (wanted === null || timeline.loading === 'window') return;
    if (timeline.problem !== null) return setWanted(null);
    if (wanted === 'last') {
      if (!timeline.hasNewer) list.current?.showEnd();
      return setWanted(null);
    }
    const row = wanted === 'first' ? rows[0] : rows.find((one) => 'seq' in one && one.seq !== null && one.seq >= wanted);
    if (row === undefined || !list.current?.show(row.key, wanted === 'first' ? 'start' : 'center')) return;
    setWanted(null);
    if (wanted !== 'first') setFlashKey(row.key);
  }, [wanted, rows, timeline, list]);

  useEffect(() => {
    if (flashKey === null) return;
    const timer = window.setTimeout(() => setFlashKey(null), flashMs);
    return () => window.clearTimeout(timer);
  }, [flashKey]);

  return { jumpTo, flashKey };
}
