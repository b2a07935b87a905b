import type { ConversationView, Timeline } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import ArrowDown from 'lucide-react/icons/arrow-down';
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentCount } from '../text/count.ts';
import { presentRefusal } from '../text/sentence.ts';
import { dayOf } from '../text/time.ts';
import { useMarkup } from '../text/use-markup.ts';
import { type FoldRow, toggleFold } from './folds.ts';
import { MessageDetails } from './message-details.tsx';
import { MessageList, type MessageListHandle, type View } from './message-list.tsx';
import { MessageLogRow } from './message-log-row.tsx';
import { MessageMenu, type OpenMenu } from './message-menu.tsx';
import { type MessageRow, presentRows, type Row, shows } from './rows.ts';
import { StickyDay } from './sticky-day.tsx';
import { UnreadBar } from './unread-bar.tsx';
import { type JumpPlace, useJumps } from './use-jumps.ts';
import { useOpening } from './use-opening.ts';
import { useReadingPlace } from './use-reading-place.ts';

export type MessageLogHandle = { jumpTo(place: JumpPlace): Promise<void>; sent(): void; showEnd(): void };

type Props = {
  ref: Ref<MessageLogHandle>;
  view: ConversationView;
  me: PersonId;
  /** Where the address points; null at the first unread, or the end. */
  seq: Seq | null;
  grouped: boolean;
  /** Something stands over it, so that nobody reads it. */
  isCovered: boolean;
  onEscape: () => void;
};

/** What was said, as far as one scrolls: it grows at both ends, jumps anywhere, and tells what was read. */
export function MessageLog({ ref, view, me, seq, grouped, isCovered, onEscape }: Props) {
  // Read here and not passed down: what is remembered of a jump that ended must meet the window that it ended in.
  const timeline = useTimeline(view);
  const list = useRef<MessageListHandle>(null);
  const { before, keepPlace } = useReadingPlace(view.id);
  const { opening, beginAt, goNoFurther } = useOpening({ view, timeline, seq, before });
  const newFromSeq = opening?.newFromSeq ?? null;
  const shownRows = useRef<readonly Row[]>([]);
  const [opened, setOpened] = useState<ReadonlySet<Seq>>(new Set());
  const rows = useMemo(() => presentRows(timeline, { me, newFromSeq, opened }, shownRows.current), [timeline, me, newFromSeq, opened]);
  shownRows.current = rows;
  const [atEnd, setAtEnd] = useState(true);
  /** Null until the view has been at rest. */
  const [isNewInView, setNewInView] = useState<boolean | null>(null);
  const [top, setTop] = useState<{ readonly day: number; readonly isShown: boolean } | null>(null);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const [detailed, setDetailed] = useState<MessageRow | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  // Rows that were measured before their marks could be read would change under the reader.
  const isReadable = useMarkup() !== null;
  const [arrived, setArrived] = useState(seq === null);
  const isListed = opening !== null && arrived && isReadable;
  const { jumpTo, wanted, flashKey, tryAgain } = useJumps({ view, timeline, rows, list, isListed });
  /** Whoever marks something unread has read enough: until they come back, or say so, nothing more is marked as read. */
  const [isReading, setReading] = useState(true);
  const [, setSends] = useState(0);
  const newest = useRef({ timeline, atEnd, isCovered, isReading });
  newest.current = { timeline, atEnd, isCovered, isReading };

  useEffect(() => {
    if (seq !== null) void jumpTo(seq).then(() => setArrived(true));
  }, [seq, jumpTo]);

  const showEnd = useCallback(() => {
    if (newest.current.timeline.hasNewer) void jumpTo('last');
    else list.current?.showEnd();
  }, [jumpTo]);
  const sent = useCallback(() => {
    setReading(true);
    // What was sent is held by now, and told of only in the next turn: drawn anew, it stands in the frame in which the field is empty.
    setSends((count) => count + 1);
    showEnd();
  }, [showEnd]);
  useImperativeHandle(ref, () => {
    const go = (place: JumpPlace) => {
      goNoFurther();
      return jumpTo(place);
    };
    return { jumpTo: go, sent, showEnd };
  }, [jumpTo, goNoFurther, sent, showEnd]);

  const onNearStart = useCallback(() => {
    const { hasOlder, loading, problem } = newest.current.timeline;
    if (hasOlder && loading === null && problem === null) void view.loadOlder();
  }, [view]);
  const onNearEnd = useCallback(() => {
    const { hasNewer, loading, problem } = newest.current.timeline;
    if (hasNewer && loading === null && problem === null) void view.loadNewer();
  }, [view]);
  const onRest = useCallback(
    (now: View) => {
      setNewInView(now.keys.has('new'));
      if (newest.current.atEnd) keepPlace(null);
      else if (now.top !== null && 'seq' in now.top.row && now.top.row.seq !== null) {
        keepPlace({ seq: now.top.row.seq, offsetPx: now.top.offsetPx });
      }
      // A page that nobody looks at is not being read.
      if (!newest.current.isReading || newest.current.isCovered || document.visibilityState !== 'visible' || !document.hasFocus()) return;
      const seen = seenSeq(now.bottom, newest.current.timeline);
      if (seen !== null && seen > newest.current.timeline.readSeq) view.markRead(seen);
    },
    [view, keepPlace],
  );
  const onTop = useCallback((row: Row, isOverDay: boolean) => {
    const at = atOf(row);
    if (at !== null) setTop((known) => sameTop(known, { day: dayOf(at), isShown: !isOverDay }));
  }, []);

  const markRead = useCallback(() => {
    setReading(true);
    view.markRead(newest.current.timeline.headSeq);
  }, [view]);
  const markUnread = useCallback(
    async (from: Seq) => {
      setReading(false);
      const refused = await view.markUnread(from);
      if (isRefused(refused)) {
        setReading(true);
        return setSaid(presentRefusal(refused));
      }
      beginAt(from);
      setSaid(say('Marked unread'));
    },
    [view, beginAt],
  );
  const actions = useMemo(
    () => ({
      retry: (key: string) => void view.retry(key),
      discard: (key: string) => void view.discard(key),
      openMenu: setMenu,
      showDetails: setDetailed,
    }),
    [view],
  );
  const onJump = useCallback((to: Seq) => void jumpTo(to), [jumpTo]);
  const onFold = useCallback((fold: FoldRow) => {
    list.current?.holdRow(fold.key);
    setOpened((known) => toggleFold(known, fold, shownRows.current));
  }, []);
  const isPastNew = opening !== null && timeline.readSeq >= opening.newThroughSeq;

  return (
    <div className="message-list" data-state={timeline.state} data-loading={timeline.loading ?? undefined}>
      {isListed && (
        <MessageList
          ref={list}
          rows={rows}
          openAt={seq === null ? openAtOf(rows, opening) : null}
          wanted={wanted}
          startIsFirst={!timeline.hasOlder}
          endIsLast={!timeline.hasNewer}
          isCovered={isCovered}
          onNearStart={onNearStart}
          onNearEnd={onNearEnd}
          onRest={onRest}
          onTop={onTop}
          onAtEnd={setAtEnd}
          onEscape={onEscape}
        >
          {(row, reachable) => (
            <MessageLogRow row={row} {...{ reachable, grouped, actions, onJump, onFold }} flash={row.key === flashKey} />
          )}
        </MessageList>
      )}
      {top !== null && rows.length > 0 && (
        <StickyDay view={view} day={top.day} isShown={top.isShown && !(atEnd && isToday(top.day))} onJump={onJump} />
      )}
      {/* Whoever reads at the end has read it in a moment. */}
      {newFromSeq !== null && timeline.unread > 0 && isNewInView !== null && !(atEnd && isReading) && (
        <UnreadBar
          unread={timeline.unread}
          since={isPastNew ? null : (opening?.newSince ?? null)}
          isInView={isPastNew || isNewInView}
          onJump={() => onJump(newFromSeq)}
          onMarkRead={markRead}
        />
      )}
      {timeline.problem !== null && (
        <p className="message-list-problem" role="status">
          {presentRefusal(timeline.problem)}
          <Button onClick={tryAgain}>{say('Try again')}</Button>
        </p>
      )}
      {(!atEnd || timeline.hasNewer) && rows.length > 0 && (
        <button type="button" className="message-list-down" aria-label={downLabel(timeline.unread)} onClick={showEnd}>
          <ArrowDown size={19} strokeWidth={1.75} aria-hidden="true" />
          {timeline.unread > 0 && <strong>{presentCount(timeline.unread)}</strong>}
        </button>
      )}
      {menu !== null && (
        <MessageMenu
          key={menu.opening}
          {...menu}
          conversation={view.id}
          onClose={() => setMenu(null)}
          onMarkUnread={markUnread}
          onDetails={setDetailed}
          onSaid={setSaid}
        />
      )}
      {detailed !== null && <MessageDetails view={view} row={detailed} onClose={() => setDetailed(null)} />}
      <div className="visually-hidden" role="status">
        {said}
      </div>
    </div>
  );
}

/** One's own pending messages stand behind the log's last entry: whoever sees them has seen that. */
function seenSeq(row: Row | null, timeline: Timeline): Seq | null {
  if (row === null || !('seq' in row)) return null;
  return row.kind === 'message' && row.seq === null ? (timeline.items.at(-1)?.seq ?? null) : row.seq;
}

function atOf(row: Row): number | null {
  if (row.kind === 'line') return row.item.at;
  return row.kind === 'new' ? null : row.at;
}

/** Whoever stands at the newest message needs nobody to tell them so, over words that it would cover. */
function isToday(day: number): boolean {
  return day === dayOf(Date.now());
}

function sameTop<Top extends { readonly day: number; readonly isShown: boolean }>(known: Top | null, now: Top): Top {
  return known !== null && known.day === now.day && known.isShown === now.isShown ? known : now;
}

function openAtOf(rows: readonly Row[], { newFromSeq, place }: { newFromSeq: Seq | null; place: { seq: Seq; offsetPx: number } | null }) {
  if (newFromSeq !== null) return { key: 'new', align: 'start' as const };
  const row = place === null ? undefined : rows.find((one) => shows(one, place.seq));
  return row === undefined || place === null ? null : { key: row.key, align: place.offsetPx };
}

function downLabel(unread: number): string {
  return unread === 0 ? say('To the newest message') : say('To the newest message, {count, plural, other {# unread}}', { count: unread });
}
