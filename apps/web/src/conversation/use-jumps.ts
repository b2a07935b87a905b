import type { ConversationView, Timeline } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { MessageListHandle } from './message-list.tsx';
import type { Row } from './rows.ts';

export type JumpPlace = Seq | 'first' | 'last';

const flashMs = 1_300;

type Jumping = {
  view: ConversationView;
  timeline: Timeline;
  rows: readonly Row[];
  list: { readonly current: MessageListHandle | null };
  /** Whether there is a list yet. */
  isListed: boolean;
};

/** A jump moves the window first; what was jumped to comes into view once it is among the rows, and stands out for a moment. */
export function useJumps({ view, timeline, rows, list, isListed }: Jumping) {
  const [place, setPlace] = useState<JumpPlace | null>(null);
  const [failed, setFailed] = useState<JumpPlace | null>(null);
  const [flashKey, setFlashKey] = useState<string | null>(null);
  const askedAt = useRef(0);
  const jumpTo = useCallback(
    async (to: JumpPlace) => {
      setPlace(null);
      setFailed(null);
      askedAt.current = performance.now();
      await view.jumpTo(to);
      setPlace(to);
    },
    [view],
  );

  const isSettled = timeline.loading !== 'window';
  const isImpossible = timeline.problem !== null;
  const { hasNewer } = timeline;
  useEffect(() => {
    if (place === null || !isSettled || !isListed) return;
    if (isImpossible) {
      setPlace(null);
      setFailed(place);
    } else if (place === 'last' && !hasNewer) {
      list.current?.showEnd(askedAt.current);
      setPlace(null);
    }
  }, [place, isSettled, isImpossible, isListed, hasNewer, list]);

  const tryAgain = useCallback(() => {
    if (failed !== null) return void jumpTo(failed);
    void view.loadOlder().then(() => view.loadNewer());
  }, [failed, jumpTo, view]);
  useWhenBackOnline(isImpossible, tryAgain);

  const key =
    place === null || place === 'last' || !isSettled
      ? null
      : rowAt(rows, place === 'first' ? place : (Math.min(place, timeline.headSeq) as Seq));
  const wanted = useMemo(() => {
    if (key === null) return null;
    const onShown = () => {
      setPlace(null);
      if (place !== 'first') setFlashKey(key);
    };
    return { key, align: place === 'first' ? ('start' as const) : ('center' as const), onShown };
  }, [key, place]);

  useEffect(() => {
    if (flashKey === null) return;
    const timer = window.setTimeout(() => setFlashKey(null), flashMs);
    return () => window.clearTimeout(timer);
  }, [flashKey]);

  return { jumpTo, wanted, flashKey, tryAgain };
}

/** The row of an entry, or of the next one that is shown. */
function rowAt(rows: readonly Row[], place: Seq | 'first'): string | null {
  const row = place === 'first' ? rows[0] : rows.find((one) => 'seq' in one && one.seq !== null && one.seq >= place);
  return row?.key ?? null;
}

/** What failed for want of a connection is tried again when there is one. */
function useWhenBackOnline(hasFailed: boolean, tryAgain: () => void): void {
  const online = useStatus().connection.state === 'online';
  const newest = useRef({ hasFailed, tryAgain });
  newest.current = { hasFailed, tryAgain };
  useEffect(() => {
    if (online && newest.current.hasFailed) newest.current.tryAgain();
  }, [online]);
}
