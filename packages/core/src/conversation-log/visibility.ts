import type { PersonId, Seq } from '../ids.ts';
import type { LogState, VisibleInterval } from './state.ts';

/** Half open: `fromSeq` up to, not including, `untilSeq`. */
export type SeqRange = { readonly fromSeq: Seq; readonly untilSeq: Seq };

/** [VIS-1] The part of a range that one person may see: within their stays, and nothing else. At most one range a stay. */
export function visibleRanges(state: LogState, person: PersonId, range: SeqRange): SeqRange[] {
  const endSeq = state.head.seq + 1;
  return (state.members.get(person)?.stays ?? []).flatMap((stay) => {
    const fromSeq = Math.max(stay.fromSeq, range.fromSeq) as Seq;
    const untilSeq = Math.min(stay.untilSeq ?? endSeq, endSeq, range.untilSeq) as Seq;
    return fromSeq < untilSeq ? [{ fromSeq, untilSeq }] : [];
  });
}

export function isVisible(stays: readonly VisibleInterval[], seq: Seq): boolean {
  return stays.some(({ fromSeq, untilSeq }) => seq >= fromSeq && (untilSeq === null || seq < untilSeq));
}

/** The stay that counts now: the open one, or the last that ended. */
export function lastStay(state: LogState, person: PersonId): VisibleInterval | null {
  return state.members.get(person)?.stays.at(-1) ?? null;
}

/** [VIS-1] The end of the log as one person knows it: of somebody who was taken out, their own removal. */
export function visibleHeadSeq(state: LogState, person: PersonId): Seq {
  const untilSeq = lastStay(state, person)?.untilSeq ?? null;
  return untilSeq === null ? state.head.seq : ((untilSeq - 1) as Seq);
}
