import type { PersonId, Seq } from '../ids.ts';
import type { LogState, Stay, VisibleInterval } from './state.ts';

/** Half open: `fromSeq` up to, not including, `untilSeq`. */
export type SeqRange = { readonly fromSeq: Seq; readonly untilSeq: Seq };

/** [VIS-1] The part of a range that one person may see: within their stays, and nothing else. In order, and none touches another. */
export function visibleRanges(state: LogState, person: PersonId, range: SeqRange): SeqRange[] {
  const endSeq = state.head.seq + 1;
  return apart(state.members.get(person)?.stays ?? []).flatMap((stay) => {
    const fromSeq = Math.max(stay.fromSeq, range.fromSeq) as Seq;
    const untilSeq = Math.min(stay.untilSeq ?? endSeq, endSeq, range.untilSeq) as Seq;
    return fromSeq < untilSeq ? [{ fromSeq, untilSeq }] : [];
  });
}

/** Whoever came back and sees all sees what they saw before as part of that. */
function apart(stays: readonly VisibleInterval[]): VisibleInterval[] {
  const intervals: VisibleInterval[] = [];
  for (const stay of stays) {
    while ((intervals.at(-1)?.fromSeq ?? 0) >= stay.fromSeq) intervals.pop();
    intervals.push(stay);
  }
  return intervals;
}

export function isVisible(stays: readonly VisibleInterval[], seq: Seq): boolean {
  return stays.some(({ fromSeq, untilSeq }) => seq >= fromSeq && (untilSeq === null || seq < untilSeq));
}

/** The stay that counts now: the open one, or the last that ended. */
export function lastStay(state: LogState, person: PersonId): Stay | null {
  return state.members.get(person)?.stays.at(-1) ?? null;
}

/** [VIS-1] The end of the log as one person knows it: of somebody who was taken out, their own removal. */
export function visibleHeadSeq(state: LogState, person: PersonId): Seq {
  const untilSeq = lastStay(state, person)?.untilSeq ?? null;
  return untilSeq === null ? state.head.seq : ((untilSeq - 1) as Seq);
}
