export type Reading = {
  readonly direction: -1 | 1;
  readonly fromSeq: number;
  readonly endSeq: number;
  readonly stepPx: number;
  /** After so many steps the reader stands still until the list has changed for it, and goes on at once. */
  readonly restEvery?: number;
  /** Upwards: comes near the first row, goes down a little while more comes before it, and turns at once when that is there. */
  readonly wavers?: boolean;
};
export type WasRead = {
  readonly missing: readonly number[];
  /** Rows that stood beside one that is not their neighbour in the log. */
  readonly holes: readonly string[];
  /** Frames with nothing in view, as rows came later than the reader. */
  readonly blanks: number;
  /** Steps after which what was in view stood elsewhere than one step on, in px beside it. */
  readonly jumps: readonly string[];
  /** Steps that ended early, at a row before which there is more. */
  readonly waits: number;
  readonly steps: number;
  readonly framesMs: readonly number[];
  readonly elementsMax: number;
};

/** Runs in the page: reads from one end of a conversation to the other, as fast as what it comes to is measured. Knows nothing outside itself. */
export async function readThrough({ direction, fromSeq, endSeq, stepPx, restEvery = 0, wavers = false }: Reading): Promise<WasRead> {
  const scroller = document.querySelector('.message-list-scroller') as HTMLElement;
  const slackPx = 1.5;
  const seen = new Uint8Array(endSeq > fromSeq ? endSeq + 1 : fromSeq + 1);
  const holes: string[] = [];
  const jumps: string[] = [];
  const framesMs: number[] = [];
  let blanks = 0;
  let waits = 0;
  let steps = 0;
  let elementsMax = 0;
  /** Once it is painted: in a frame, what was measured for the first time is still finding its place. */
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame((now) => setTimeout(() => resolve(now), 0)));

  const look = (): { seq: number; element: HTMLElement; top: number } | null => {
    const { top, bottom } = scroller.getBoundingClientRect();
    const all = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')]
      .map((element) => ({ seq: Number(element.dataset.seq), element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.bottom > top && box.top < bottom)
      .sort((one, other) => one.seq - other.seq);
    for (const [index, { seq }] of all.entries()) {
      seen[seq] = 1;
      const before = all[index - 1]?.seq;
      if (before !== undefined && seq !== before + 1) holes.push(`${before} stands before ${seq}`);
    }
    // Of what is in view, what stays in view longest.
    const anchor = all.at(direction < 0 ? 0 : -1);
    return anchor === undefined ? null : { seq: anchor.seq, element: anchor.element, top: anchor.box.top };
  };
  /** As by a wheel: of a list that follows its end only someone's own move is taken for their leaving it. */
  const scroll = (byPx: number) => {
    scroller.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: byPx }));
    scroller.scrollTop += byPx;
  };
  const isThere = () => {
    const atEnd = direction < 0 ? scroller.scrollTop <= 0 : scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    return atEnd && seen[endSeq] === 1;
  };

  // Whoever turns around has stood still for a moment; until then a list holds its place against what is measured, wherever that is.
  for (let calm = 0, height = -1; calm < 20; height = scroller.scrollHeight) {
    await frame();
    calm = height === scroller.scrollHeight ? calm + 1 : 0;
  }
  let before = await frame();
  let wentAt = before;
  const next = async (): Promise<void> => {
    const now = await frame();
    framesMs.push(now - before);
    before = now;
  };
  /** Until what came with a step is measured, as it is for whoever reads and does not fall through the pages. */
  const rest = async (): Promise<void> => {
    for (let height = -1; height !== scroller.scrollHeight; ) {
      height = scroller.scrollHeight;
      await next();
    }
  };
  const standStill = async (): Promise<void> => {
    const height = scroller.scrollHeight;
    for (let calm = 0; calm < 20 && height === scroller.scrollHeight; calm += 1) await next();
  };
  if (wavers) {
    const isLoading = () => scroller.parentElement?.dataset.loading === 'older';
    while (!isLoading() && scroller.scrollTop > 0) {
      look();
      scroll(-stepPx / 4);
      await rest();
    }
    for (let frames = 0; frames < 3; frames += isLoading() ? 0 : 1) {
      scroll(2);
      await next();
    }
  }
  for (;;) {
    if (restEvery > 0 && steps % restEvery === restEvery - 1) await standStill();
    let anchor = look();
    while (anchor === null && performance.now() - wentAt < 60_000) {
      blanks += 1;
      await next();
      anchor = look();
    }
    if (isThere()) break;
    if (anchor === null || performance.now() - wentAt > 60_000) throw new Error(`nothing came for a minute after ${anchor?.seq}`);
    scroll(direction * stepPx);
    await rest();
    steps += 1;
    if (steps % 100 === 0) elementsMax = Math.max(elementsMax, document.getElementsByTagName('*').length);
    // It may be drawn anew.
    const standing = scroller.querySelector(`[data-seq="${anchor.seq}"]`);
    if (standing === null) {
      jumps.push(`${anchor.seq} is not there any more`);
      continue;
    }
    const movedPx = standing.getBoundingClientRect().top - anchor.top;
    const besidePx = movedPx + direction * stepPx;
    if (Math.abs(movedPx) > slackPx) wentAt = before;
    if (Math.abs(besidePx) <= slackPx) continue;
    // At the end of what is there, a step is as long as there is room.
    if (Math.abs(movedPx) < stepPx && movedPx * direction <= slackPx) waits += 1;
    else jumps.push(`${anchor.seq} by ${besidePx.toFixed(1)}`);
  }
  const [first, last] = [Math.min(fromSeq, endSeq), Math.max(fromSeq, endSeq)];
  const missing: number[] = [];
  for (let seq = first; seq <= last; seq += 1) if (seen[seq] !== 1) missing.push(seq);
  return { missing, holes, blanks, jumps, waits, steps, framesMs, elementsMax };
}
