import type { ConversationView, Member, MembersPage } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { presentRefusal } from '../text/sentence.ts';

const typingPauseMs = 180;
const perPage = 50;

type Members = {
  readonly members: readonly Member[];
  readonly more: boolean;
  readonly count: number | null;
};

/** Who is in the group, page after page, as of the last entry that changed it. What could not be had without a connection is asked for once there is one. */
export function useMembers(view: ConversationView, name: string) {
  const online = useStatus().connection.state === 'online';
  const changedSeq = useTimeline(view).items.findLast(({ kind }) => kind === 'add' || kind === 'remove' || kind === 'role')?.seq ?? 0;
  const [listed, setListed] = useState<Members | null>(null);
  const newest = useRef(listed);
  newest.current = listed;
  const [problem, setProblem] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const wanted = name.trim();
  const query = useMemo(() => ({ limit: perPage, ...(wanted === '' ? {} : { name: wanted }) }), [wanted]);

  const take = useCallback((page: Awaited<ReturnType<ConversationView['members']>>, before: readonly Member[]) => {
    if (isRefused(page)) return setProblem(presentRefusal(page));
    const { members, more, count }: MembersPage = page;
    setProblem(null);
    setListed({ members: [...before, ...members], more, count });
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the group, and each attempt, asks anew
  useEffect(() => {
    let stale = false;
    const ask = async () => {
      const page = await view.members(query);
      if (!stale) take(page, []);
    };
    const timer = window.setTimeout(() => void ask(), wanted === '' ? 0 : typingPauseMs);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [view, query, wanted, changedSeq, online, attempt, take]);

  const tryAgain = useCallback(() => setAttempt((count) => count + 1), []);
  const loadMore = useCallback(async () => {
    const last = listed?.members.at(-1);
    if (listed === null || last === undefined) return;
    const page = await view.members({ ...query, after: last.person.id });
    // What is listed may have become another list meanwhile.
    if (newest.current === listed) take(page, listed.members);
  }, [view, query, listed, take]);
  return { listed, problem, tryAgain, loadMore };
}
