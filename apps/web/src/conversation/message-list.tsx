import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { say } from '../language/say.ts';
import { type Align, ListAnchor } from './list-anchor.ts';
import './message-list.css';
import { holdBack, holdBefore, nextRowStep, sameKeys } from './row-steps.ts';
import type { Row } from './rows.ts';

export type MessageListHandle = {
  /**
   * Goes to the last row, and follows what comes.
   * @param askedAt in ms of the page's clock: not where someone has scrolled by themselves since then
   */
  showEnd(askedAt?: number): void;
  /** Leaves a row where it stands in the view, whatever changes around it until the list has come to rest. */
  holdRow(key: string): void;
};

/** A row that is to be put into view; `onShown` once it was. */
export type WantedRow = { readonly key: string; readonly align: Align; readonly onShown: () => void };

/** What is in front of someone once the view has come to rest. */
export type View = {
  /** The uppermost row that is in view, even in part, and how far below the top of the view it stands. */
  readonly top: { readonly row: Row; readonly offsetPx: number } | null;
  /** The lowest row that is wholly in view. */
  readonly bottom: Row | null;
  readonly keys: ReadonlySet<string>;
};

type MessageListProps = {
  ref: Ref<MessageListHandle>;
  rows: readonly Row[];
  /** Where rows that share nothing with those before open; the end where null. */
  openAt: { readonly key: string; readonly align: Align } | null;
  /** Put into view as soon as it is among the rows. */
  wanted: WantedRow | null;
  /** Whether nothing older exists than the first row. */
  startIsFirst: boolean;
  /** Whether nothing newer exists than the last row. */
  endIsLast: boolean;
  /** Something stands over it. */
  isCovered: boolean;
  onNearStart: () => void;
  onNearEnd: () => void;
  /** The view has been at rest for a moment. */
  onRest: (view: View) => void;
  /** The uppermost row that is not under what lies over the list's edge; whether what lies there would cover a day that is told in the list itself. */
  onTop: (row: Row, isOverDay: boolean) => void;
  onAtEnd: (atEnd: boolean) => void;
  onEscape: () => void;
  /** `reachable`: the one row on which the Tab key stops. */
  children: (row: Row, reachable: boolean) => ReactNode;
};

/** How near the ends of the window more is asked for: well before the rows run out. */
const nearPx = 3_000;
/** How far beyond the view rows are kept in the document, so that each is measured before it is seen. */
const bufferPx = 1_400;
const rowGuessPx = 62;
const firstRowsCount = 24;
const dwellMs = 120;
/** So much of the list's upper edge may lie under the date. */
const edgePx = 36;

/**
 * A window of a conversation of any length. Rows that come or go before the first leave what is in view where it is, and only rows
 * near the view are in the document.
 */
export function MessageList({
  ref,
  rows: windowRows,
  openAt,
  wanted,
  startIsFirst,
  endIsLast,
  isCovered,
  onNearStart,
  onNearEnd,
  onRest,
  onTop,
  onAtEnd,
  onEscape,
  children,
}: MessageListProps) {
  const scroller = useRef<HTMLElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const [shown, setShown] = useState({ rows: windowRows, atStart: false, generation: 0 });
  const [focusKey, setFocusKey] = useState<string | null>(null);
  const isMoving = useRef(false);
  const [, setTurns] = useState(0);
  const anchor = useAnchor({ scroller, list, rows: shown.rows, endIsLast, onAtEnd });
  const kept = isMoving.current ? holdBefore(shown.rows, windowRows) : windowRows;
  const rows = isMoving.current && !anchor.movedUp ? holdBack(shown.rows, kept) : kept;
  const isHoldingBack = rows !== kept;
  const isCurrent = sameKeys(shown.rows, rows);
  const current = isCurrent ? rows : shown.rows;

  useLayoutEffect(() => {
    if (isCurrent) return;
    const step = nextRowStep(shown.rows, rows);
    setShown({ rows: step.rows, atStart: step.atStart, generation: shown.generation + (step.reset ? 1 : 0) });
  }, [isCurrent, rows, shown]);

  useLayoutEffect(() => {
    if (!shown.atStart) return;
    anchor.shifted();
    // It is moved with them: what goes next goes once it has come to rest, as it counts from where it last was told to be.
    isMoving.current = true;
  }, [shown, anchor]);

  // Only rows that are new altogether open somewhere; a later change of `openAt` must not move them.
  const opensAt = useRef(openAt);
  opensAt.current = openAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useLayoutEffect(() => {
    const at = opensAt.current;
    if (at !== null && shown.rows.some(({ key }) => key === at.key)) anchor.toRow(at.key, at.align);
    else anchor.toEnd();
  }, [shown.generation]);

  useLayoutEffect(() => {
    if (wanted === null || !shown.rows.some(({ key }) => key === wanted.key)) return;
    anchor.toRow(wanted.key, wanted.align);
    wanted.onShown();
  }, [wanted, shown.rows, anchor]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever came or went, the view keeps to what it is anchored at
  useLayoutEffect(() => anchor.place(), [shown.rows]);

  useImperativeHandle(ref, () => ({ showEnd: (askedAt) => anchor.toEnd(askedAt), holdRow: (key) => anchor.hold(key) }), [anchor]);

  const look = useRest({ list, rows: current, onRest });
  const lookUp = useTop({ list, rows: current, onTop });
  const lookAround = useCallback(() => {
    const handle = list.current;
    if (handle === null) return;
    lookUp();
    if (anchor.isJumping) return;
    if (handle.scrollOffset < nearPx) onNearStart();
    if (handle.scrollSize - handle.scrollOffset - handle.viewportSize < nearPx) onNearEnd();
    look();
  }, [onNearStart, onNearEnd, look, lookUp, anchor]);
  useEffect(() => {
    anchor.onRest = lookAround;
  }, [anchor, lookAround]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that came may not fill the view, and what was covered is in front of someone only now
  useEffect(lookAround, [current, lookAround, isCovered]);

  const focusIndex = focusKey === null ? -1 : current.findIndex(({ key }) => key === focusKey);
  const reachable = focusIndex === -1 ? current.findLastIndex(({ kind }) => kind === 'message') : focusIndex;
  const moveFocus = useArrows({ rows: current, scroller, list, focusIndex: reachable, setFocusKey, onEscape });

  return (
    <section
      className="message-list-scroller"
      aria-label={say('Messages')}
      data-region
      ref={scroller}
      onKeyDown={(event) => {
        anchor.letGo();
        moveFocus(event);
      }}
      onWheel={() => anchor.letGo()}
      onTouchMove={() => anchor.letGo()}
      onPointerDown={() => anchor.letGo()}
      onFocus={(event: FocusEvent) => setFocusKey(event.target.closest<HTMLElement>('[data-key]')?.dataset.key ?? null)}
    >
      <div className="message-list-spacer" />
      <Virtualizer
        key={shown.generation}
        ref={list}
        data={current}
        shift={shown.atStart}
        bufferSize={bufferPx}
        itemSize={rowGuessPx}
        keepMounted={keptRows(current.length, reachable, startIsFirst)}
        onScroll={(offset) => {
          isMoving.current = true;
          anchor.scrolled(offset);
          if (isHoldingBack && anchor.movedUp) setTurns((count) => count + 1);
          lookAround();
        }}
        onScrollEnd={() => {
          isMoving.current = false;
          anchor.rested();
          setTurns((count) => count + 1);
        }}
        onResize={() => {
          anchor.measured();
          // What was measured has its place in the document only after the next drawing of the list.
          requestAnimationFrame(() => anchor.place());
          lookAround();
        }}
      >
        {(row, index) => (
          <div key={row.key} className="message-list-item" data-row={row.key}>
            {children(row, index === reachable)}
          </div>
        )}
      </Virtualizer>
      <div className="message-list-air" />
    </section>
  );
}

/**
 * Rows that are in the document wherever the view is: the one the Tab key stops on, and the first of a conversation. At its very top there
 * is no room above to hold the view in place against a row that turns out higher than guessed, so these are measured beforehand.
 */
function keptRows(count: number, reachable: number, startIsFirst: boolean): number[] {
  const kept = startIsFirst ? Array.from({ length: Math.min(count, firstRowsCount) }, (_, index) => index) : [];
  return reachable === -1 || reachable < kept.length ? kept : [...kept, reachable];
}

type Anchoring = {
  scroller: { readonly current: HTMLElement | null };
  list: { readonly current: VirtualizerHandle | null };
  rows: readonly Row[];
  endIsLast: boolean;
  onAtEnd: (atEnd: boolean) => void;
};

function useAnchor({ scroller, list, rows, endIsLast, onAtEnd }: Anchoring): ListAnchor {
  const newest = useRef({ rows, endIsLast, onAtEnd });
  newest.current = { rows, endIsLast, onAtEnd };
  const [anchor] = useState(() => {
    const read = () =>
      list.current === null || scroller.current === null
        ? null
        : { handle: list.current, scroller: scroller.current, rows: newest.current.rows, endIsLast: newest.current.endIsLast };
    return new ListAnchor(read, (atEnd) => newest.current.onAtEnd(atEnd));
  });
  useEffect(() => () => anchor.close(), [anchor]);
  return anchor;
}

type Resting = { list: { readonly current: VirtualizerHandle | null }; rows: readonly Row[]; onRest: (view: View) => void };

/** Tells, a moment after the view came to rest, what is in front of someone. */
function useRest({ list, rows, onRest }: Resting): () => void {
  const timer = useRef<number>(undefined);
  const newest = useRef({ rows, onRest });
  newest.current = { rows, onRest };
  const look = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (list.current !== null) newest.current.onRest(viewOf(list.current, newest.current.rows));
    }, dwellMs);
  }, [list]);
  useEffect(() => {
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.clearTimeout(timer.current);
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [look]);
  return look;
}

function viewOf(handle: VirtualizerHandle, rows: readonly Row[]): View {
  const top = handle.scrollOffset;
  const bottom = top + handle.viewportSize + 2;
  const first = Math.max(0, handle.findItemIndex(top));
  const last = handle.findItemIndex(bottom);
  let whole = last;
  while (whole >= 0 && handle.getItemOffset(whole) + handle.getItemSize(whole) > bottom) whole -= 1;
  const row = rows[first];
  return {
    top: row === undefined ? null : { row, offsetPx: Math.round(handle.getItemOffset(first) - top) },
    bottom: rows[whole] ?? null,
    keys: new Set(rows.slice(first, last + 1).map(({ key }) => key)),
  };
}

type Topping = {
  list: { readonly current: VirtualizerHandle | null };
  rows: readonly Row[];
  onTop: (row: Row, isOverDay: boolean) => void;
};

/** Tells which row the list begins with, as soon as it is another. */
function useTop({ list, rows, onTop }: Topping): () => void {
  const told = useRef<{ readonly row: Row; readonly isOverDay: boolean }>(undefined);
  const newest = useRef({ rows, onTop });
  newest.current = { rows, onTop };
  return useCallback(() => {
    const handle = list.current;
    if (handle === null) return;
    const rowAt = (offset: number) => newest.current.rows[handle.findItemIndex(offset)];
    const row = rowAt(handle.scrollOffset + edgePx);
    if (row === undefined) return;
    const isOverDay = [row, rowAt(handle.scrollOffset + 1)].some((one) => one?.kind === 'day');
    if (row === told.current?.row && isOverDay === told.current.isOverDay) return;
    told.current = { row, isOverDay };
    newest.current.onTop(row, isOverDay);
  }, [list]);
}

type Arrows = {
  rows: readonly Row[];
  scroller: { readonly current: HTMLElement | null };
  list: { readonly current: VirtualizerHandle | null };
  focusIndex: number;
  setFocusKey: (key: string) => void;
  onEscape: () => void;
};

/** Up and down from message to message, Home and End to the first and last that are loaded, Escape away. */
function useArrows({ rows, scroller, list, focusIndex, setFocusKey, onEscape }: Arrows) {
  const [wanted, setWanted] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (wanted === null) return;
    const element = scroller.current?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(wanted)}"]`);
    const index = rows.findIndex(({ key }) => key === wanted);
    if (element === null || element === undefined || index === -1) return;
    element.focus({ preventScroll: true });
    list.current?.scrollToIndex(index, { align: 'nearest' });
    setWanted(null);
  }, [wanted, rows, scroller, list]);

  return (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element) || event.target.closest('article') === null)
      return;
    if (event.key === 'Escape') return onEscape();
    const isMessage = ({ kind }: Row) => kind === 'message';
    const moves: Readonly<Record<string, () => Row | undefined>> = {
      ArrowUp: () => rows.slice(0, Math.max(0, focusIndex)).findLast(isMessage),
      ArrowDown: () => rows.slice(focusIndex + 1).find(isMessage),
      Home: () => rows.find(isMessage),
      End: () => rows.findLast(isMessage),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const row = move();
    if (row === undefined) return;
    setFocusKey(row.key);
    setWanted(row.key);
  };
}
