export type Walk = { readonly direction: -1 | 1; readonly endSeq: number };
export type Walked = { readonly seen: number[]; readonly holes: string[]; readonly movedPx: number; readonly mountedMax: number };

/** Runs in the page: scrolls step by step to one end, and watches one message after each step until the list has come to rest. */
export async function walkHistory({ direction, endSeq }: Walk): Promise<Walked> {
  const list = document.querySelector('.message-list') as HTMLElement;
  const scroller = document.querySelector('.message-list-scroller') as HTMLElement;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const seqOf = (element: HTMLElement) => Number(element.dataset.seq);
  const inView = () => {
    const { top, bottom } = scroller.getBoundingClientRect();
    const all = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
    return all.sort((one, other) => seqOf(one) - seqOf(other));
  };
  const seen = new Set<number>();
  const holes: string[] = [];
  let movedPx = 0;
  let mountedMax = 0;
  const look = () => {
    const seqs = inView().map(seqOf);
    if (seqs.length === 0) holes.push(`nothing in view at ${scroller.scrollTop}`);
    for (const [index, seq] of seqs.entries()) {
      seen.add(seq);
      if (index > 0 && seq !== (seqs[index - 1] as number) + 1) holes.push(`${seqs[index - 1]} stands before ${seq}`);
    }
    mountedMax = Math.max(mountedMax, scroller.querySelectorAll('[data-seq]').length);
  };
  const isThere = () => {
    const atEnd = direction < 0 ? scroller.scrollTop <= 0 : scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    return atEnd && inView().some((element) => seqOf(element) === endSeq);
  };
  /** Nothing loads, and for some frames nothing in the list has changed. */
  const rest = async (calmFrames: number, watch: () => void) => {
    let before = '';
    for (let calm = 0, frames = 0; calm < calmFrames && frames < 600; frames += 1) {
      await frame();
      watch();
      const now = `${scroller.scrollTop} ${scroller.scrollHeight} ${scroller.querySelectorAll('[data-seq]').length}`;
      calm = now === before && list.dataset.loading === undefined ? calm + 1 : 0;
      before = now;
    }
  };
  // A jump may still be finding its place.
  await rest(20, () => {});
  for (let step = 0; step < 5_000; step += 1) {
    look();
    if (isThere()) return { seen: [...seen].sort((one, other) => one - other), holes, movedPx, mountedMax };
    scroller.scrollTop += direction * 400;
    const anchor = inView()[0];
    const anchorTop = anchor?.getBoundingClientRect().top ?? 0;
    await rest(4, () => {
      if (anchor?.isConnected) movedPx = Math.max(movedPx, Math.abs(anchor.getBoundingClientRect().top - anchorTop));
    });
  }
  throw new Error(`did not come to ${endSeq}; at ${scroller.scrollTop} of ${scroller.scrollHeight}`);
}
