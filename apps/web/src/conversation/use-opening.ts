import type { ConversationView, Timeline } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useCallback, useEffect, useState } from 'react';
import type { ReadingPlace } from './reading-place.ts';
import { firstUnreadFrom } from './rows.ts';

/** How long a connection that is being made is waited for, before what is stored has to do. */
const connectionPatienceMs = 2_000;

export type Opening = {
  /** The first entry that was unread, and stays marked as such while one reads. */
  readonly newFromSeq: Seq | null;
  readonly newSince: number | null;
  /** The last entry that there was then. */
  readonly newThroughSeq: Seq;
  /** Where one was before; null where the unread ones or the address decide. */
  readonly place: ReadingPlace | null;
};

type Props = { view: ConversationView; timeline: Timeline; seq: Seq | null; before: ReadingPlace | null };

/**
 * Where a conversation opens: at an address, else at the first unread message, else where one was. Null until that is known: where it lies
 * before the window, the window goes there first, unless it cannot.
 */
export function useOpening({ view, timeline, seq, before }: Props) {
  const [opening, setOpening] = useState<Opening | null>(null);
  const [went, setWent] = useState(false);
  const online = useStatus().connection.state === 'online';
  const { state, items, readSeq, unread, hasOlder } = timeline;
  // Without a connection there may be nothing to read yet; what one writes there is shown all the same.
  const isEmpty = (!hasOlder && timeline.loading === null) || timeline.problem !== null || timeline.pending.length > 0;
  const isHere = state === 'ready' && (items.length > 0 || isEmpty);
  const place = seq === null && unread === 0 ? before : null;
  const firstSeq = items[0]?.seq ?? 0;
  const goal = unread > 0 ? readSeq + 1 : (place?.seq ?? null);
  const mustGo = isHere && seq === null && !went && goal !== null && hasOlder && firstSeq > goal;

  useEffect(() => {
    if (!mustGo || goal === null) return;
    let stale = false;
    void view.jumpTo(goal as Seq).then(() => !stale && online && setWent(true));
    const timer = online ? undefined : window.setTimeout(() => setWent(true), connectionPatienceMs);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [mustGo, online, view, goal]);

  if (opening === null && isHere && !mustGo) setOpening({ ...newFrom(timeline, unread > 0 ? ((readSeq + 1) as Seq) : null), place });

  /** From here on the unread ones begin elsewhere. */
  const beginAt = useCallback((from: Seq) => setOpening({ ...newFrom(timeline, from), place: null }), [timeline]);
  /** Someone wants to be elsewhere before it opened. */
  const goNoFurther = useCallback(() => setWent(true), []);
  return { opening, beginAt, goNoFurther };
}

function newFrom(timeline: Timeline, from: Seq | null): Omit<Opening, 'place'> {
  const first = from === null ? null : firstUnreadFrom(timeline, from);
  return { newFromSeq: first?.seq ?? null, newSince: first?.at ?? null, newThroughSeq: timeline.headSeq };
}
