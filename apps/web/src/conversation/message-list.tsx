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
import './message-list.css';
import { nextRowStep, sameKeys } from './row-steps.ts';
import type { Row } from './rows.ts';

export type MessageListHandle = {
  /** Puts a row into view. @returns whether it is among the rows */
  show(key: string, align: 'start' | 'center'): boolean;
  /** Goes to the last row, and follows what comes. */
  showEnd(): void;
};

type MessageListProps = {
  ref: Ref<MessageListHandle>;
  rows: readonly Row[];
  /** Where rows that share nothing with those before open; the end where null. */
  openAtKey: string | null;
  /** Whether nothing older exists than the first row. */
  startIsFirst: boolean;
  onNearStart: () => void;
  onNearEnd: () => void;
  /** The last row that was wholly in view for a moment. */
  onSeen: (row: Row) => void;
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
const endSlackPx = 24;
const dwellMs = 120;

/**
 * A window of a conversation of any length. Rows that come or go before the first leave what is in view where it is, and only rows
 * near the view are in the document.
 */
export function MessageList({
  ref,
  rows,
  openAtKey,
  startIsFirst,
  onNearStart,
  onNearEnd,
  onSeen,
  onAtEnd,
  onEscape,
  children,
}: MessageListProps) {
  const scroller = useRef<HTMLElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const [shown, setShown] = useState({ rows, atStart: false, generation: 0 });
  const [focusKey, setFocusKey] = useState<string | null>(null);
  const follows = useFollowing(list, onAtEnd);
  const isCurrent = sameKeys(shown.rows, rows);
  const current = isCurrent ? rows : shown.rows;

  // Each row that is measured calls this again, so it ends at the end, and yet never fights with someone who scrolls.
  const showEnd = useCallback(() => {
    follows.set(true);
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [follows]);

  useLayoutEffect(() => {
    if (isCurrent) return;
    const step = nextRowStep(shown.rows, rows);
    setShown({ rows: step.rows, atStart: step.atStart, generation: shown.generation + (step.reset ? 1 : 0) });
  }, [isCurrent, rows, shown]);

  // Only rows that are new altogether open somewhere; a later change of `openAtKey` must not move them.
  const openAt = useRef(openAtKey);
  openAt.current = openAtKey;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useLayoutEffect(() => {
    const index = shown.rows.findIndex(({ key }) => key === openAt.current);
    if (index === -1) return showEnd();
    follows.set(false);
    list.current?.scrollToIndex(index, { align: 'start', offset: -48 });
  }, [shown.generation]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that are appended are followed, whatever they are
  useLayoutEffect(() => {
    if (follows.get()) showEnd();
  }, [shown.rows]);

  useImperativeHandle(
    ref,
    () => ({
      show(key, align) {
        const index = shown.rows.findIndex((row) => row.key === key);
        if (index === -1) return false;
        follows.set(false);
        list.current?.scrollToIndex(index, { align });
        return true;
      },
      showEnd,
    }),
    [shown.rows, showEnd, follows],
  );

  const look = useSeen({ list, rows: current, onSeen });
  const lookAround = useCallback(() => {
    const handle = list.current;
    if (handle === null) return;
    if (handle.scrollOffset < nearPx) onNearStart();
    if (handle.scrollSize - handle.scrollOffset - handle.viewportSize < nearPx) onNearEnd();
    look();
  }, [onNearStart, onNearEnd, look]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that came may not fill the view
  useEffect(lookAround, [current, lookAround]);

  const focusIndex = focusKey === null ? -1 : current.findIndex(({ key }) => key === focusKey);
  const reachable = focusIndex === -1 ? current.findLastIndex(({ kind }) => kind === 'message') : focusIndex;
  const moveFocus = useArrows({ rows: current, scroller, list, focusIndex: reachable, setFocusKey, onEscape });

  return (
    <section
      className="message-list-scroller"
      aria-label="Messages"
      ref={scroller}
      onKeyDown={moveFocus}
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
          follows.scrolled(offset);
          lookAround();
        }}
        onResize={() => {
          if (follows.get()) showEnd();
          lookAround();
        }}
      >
        {(row, index) => (
          <div key={row.key} className="message-list-item" data-row={row.key}>
            {children(row, index === reachable)}
          </div>
        )}
      </Virtualizer>
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

/** Whether the view keeps to the end. Only a move of the view away from it ends that, not rows that grow below. */
function useFollowing(list: { readonly current: VirtualizerHandle | null }, onAtEnd: (atEnd: boolean) => void) {
  const state = useRef({ follows: true, offset: 0, told: true });
  const tell = useRef(onAtEnd);
  tell.current = onAtEnd;
  const [following] = useState(() => {
    const set = (follows: boolean) => {
      state.current.follows = follows;
      if (state.current.told === follows) return;
      state.current.told = follows;
      tell.current(follows);
    };
    return {
      get: () => state.current.follows,
      set,
      scrolled(offset: number) {
        const handle = list.current;
        const movedUp = offset < state.current.offset;
        state.current.offset = offset;
        if (handle === null) return;
        const isAtEnd = handle.scrollSize - offset - handle.viewportSize < endSlackPx;
        if (isAtEnd || movedUp) set(isAtEnd);
      },
    };
  });
  return following;
}

type Seeing = { list: { readonly current: VirtualizerHandle | null }; rows: readonly Row[]; onSeen: (row: Row) => void };

/** Tells, a moment after the view came to rest, which rows are in front of someone: not those of a page that nobody looks at. */
function useSeen({ list, rows, onSeen }: Seeing): () => void {
  const timer = useRef<number>(undefined);
  const newest = useRef({ rows, onSeen });
  newest.current = { rows, onSeen };
  const look = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      const handle = list.current;
      if (handle === null || document.visibilityState !== 'visible' || !document.hasFocus()) return;
      const bottom = handle.scrollOffset + handle.viewportSize + 2;
      let index = handle.findItemIndex(bottom);
      while (index >= 0 && handle.getItemOffset(index) + handle.getItemSize(index) > bottom) index -= 1;
      const row = newest.current.rows[index];
      if (row !== undefined) newest.current.onSeen(row);
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
