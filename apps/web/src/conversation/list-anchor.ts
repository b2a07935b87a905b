import type { VirtualizerHandle } from 'virtua';
import type { Row } from './rows.ts';

/** A number: so many px below the top of the view. */
export type Align = 'start' | 'center' | number;
type Anchor = { readonly to: 'end' } | { readonly to: 'row'; readonly key: string; readonly align: Align } | null;

/** The list as it stands; null before it is in the document. */
type StandingList = {
  readonly handle: VirtualizerHandle;
  readonly scroller: HTMLElement;
  readonly rows: readonly Row[];
  /** Whether nothing newer exists than the last row; otherwise more comes there, and whoever has come so far reads on from where they are. */
  readonly endIsLast: boolean;
} | null;

const endSlackPx = 24;
/** What stays visible above a row that is put at the start. */
const startRoomPx = 48;
/** A row that was put into view is held there until nothing has changed for so long. */
const holdMs = 250;
/** A scroll so soon after a wheel, a finger, a pointer or a key is theirs. */
const touchMs = 300;

/**
 * What the view keeps to while rows are measured, come and go: the end, until someone moves away from it; or a row that was jumped to, until
 * the list has come to rest or someone scrolls. Otherwise nothing: then the list itself leaves what is in view where it is.
 */
export class ListAnchor {
  /** Called when a jump has come to rest. */
  onRest: (() => void) | null = null;
  /** Which way it was scrolled last. */
  movedUp = false;
  readonly #read: () => StandingList;
  readonly #onAtEnd: (atEnd: boolean) => void;
  #anchor: Anchor = { to: 'end' };
  #toldAtEnd = true;
  #offset = 0;
  #size = '';
  #touchedAt = Number.NEGATIVE_INFINITY;
  #timer: number | undefined;
  #isShifted = false;
  /** The uppermost row that stands wholly below the top of the view, and how far below. */
  #seen: { readonly key: string; readonly offsetPx: number } | null = null;

  constructor(read: () => StandingList, onAtEnd: (atEnd: boolean) => void) {
    this.#read = read;
    this.#onAtEnd = onAtEnd;
  }

  /** While a row is being put into view, the list must not ask for more rows around it. */
  get isJumping(): boolean {
    return this.#anchor?.to === 'row';
  }

  /** @param askedAt whoever has scrolled since then has gone on from there */
  toEnd(askedAt = Number.POSITIVE_INFINITY): void {
    if (this.#touchedAt > askedAt) return;
    window.clearTimeout(this.#timer);
    this.#set({ to: 'end' });
    this.place();
  }

  toRow(key: string, align: Align): void {
    this.#set({ to: 'row', key, align });
    this.place();
    this.#holdOn();
  }

  /** Leaves a row where it stands in the view. */
  hold(key: string): void {
    const list = this.#read();
    const index = list?.rows.findIndex((row) => row.key === key) ?? -1;
    if (list === null || index === -1) return;
    this.toRow(key, list.handle.getItemOffset(index) - list.scroller.scrollTop);
  }

  /** Rows came or went before the first. From here until it comes to rest the list keeps its distance from the end, whatever is measured. */
  shifted(): void {
    this.#isShifted = true;
  }

  rested(): void {
    this.#isShifted = false;
  }

  /** Call whenever rows were measured. */
  measured(): void {
    if (this.#anchor === null && this.#isShifted) this.#keepSeen();
    else this.place();
  }

  /** Call whenever rows came or went. */
  place(): void {
    const list = this.#read();
    if (list === null || this.#anchor === null) return;
    if (this.#anchor.to === 'end') {
      list.scroller.scrollTop = list.scroller.scrollHeight;
      return;
    }
    const { key, align } = this.#anchor;
    const index = list.rows.findIndex((row) => row.key === key);
    if (index === -1) return;
    const { handle } = list;
    const room = typeof align === 'number' ? align : roomAbove(align, handle.viewportSize - handle.getItemSize(index));
    const top = Math.max(0, Math.round(handle.getItemOffset(index) - room));
    if (Math.abs(list.scroller.scrollTop - top) < 1) return;
    list.scroller.scrollTop = top;
    this.#holdOn();
  }

  /** Someone takes the view into their own hands. */
  letGo(): void {
    this.#touchedAt = performance.now();
    if (this.isJumping) this.#rest();
  }

  scrolled(offset: number): void {
    this.movedUp = offset < this.#offset;
    this.#offset = offset;
    const hasOtherSize = this.#noteSize();
    this.#noteSeen();
    if (this.isJumping) return;
    if (this.#isAtEnd()) return this.#set({ to: 'end' });
    // Rows that shrink or go push the view up too; only someone's own move ends the following.
    const isOwnMove = !hasOtherSize || performance.now() - this.#touchedAt < touchMs;
    if (this.movedUp && isOwnMove) this.#set(null);
    else this.place();
  }

  close(): void {
    window.clearTimeout(this.#timer);
  }

  #noteSeen(): void {
    const list = this.#read();
    if (list === null) return;
    const { handle, rows, scroller } = list;
    const first = handle.findItemIndex(scroller.scrollTop);
    const index = handle.getItemOffset(first) < scroller.scrollTop && first + 1 < rows.length ? first + 1 : first;
    const row = rows[index];
    this.#seen = row === undefined ? null : { key: row.key, offsetPx: handle.getItemOffset(index) - scroller.scrollTop };
  }

  /** Whoever reads on without a rest sees rows below grow as they are measured; against these the list must not hold its place. */
  #keepSeen(): void {
    const list = this.#read();
    const seen = this.#seen;
    if (list === null || seen === null) return;
    const index = list.rows.findIndex(({ key }) => key === seen.key);
    if (index === -1) return;
    const movedPx = list.handle.getItemOffset(index) - list.scroller.scrollTop - seen.offsetPx;
    if (Math.abs(movedPx) >= 1) list.scroller.scrollBy({ top: movedPx, behavior: 'instant' });
  }

  #holdOn(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#rest(), holdMs);
  }

  #rest(): void {
    window.clearTimeout(this.#timer);
    this.#set(this.#isAtEnd() ? { to: 'end' } : null);
    this.onRest?.();
  }

  #noteSize(): boolean {
    const scroller = this.#read()?.scroller;
    const size = scroller === undefined ? '' : `${scroller.scrollHeight} ${scroller.clientHeight}`;
    const isOther = size !== this.#size;
    this.#size = size;
    return isOther;
  }

  #isAtEnd(): boolean {
    const list = this.#read();
    if (list === null || !list.endIsLast) return false;
    const { scrollSize, scrollOffset, viewportSize } = list.handle;
    return scrollSize - scrollOffset - viewportSize < endSlackPx;
  }

  #set(anchor: Anchor): void {
    this.#anchor = anchor;
    const atEnd = anchor?.to === 'end';
    if (atEnd === this.#toldAtEnd) return;
    this.#toldAtEnd = atEnd;
    this.#onAtEnd(atEnd);
  }
}

function roomAbove(align: 'start' | 'center', freePx: number): number {
  return align === 'start' ? startRoomPx : Math.max(startRoomPx, freePx / 2);
}
