import type { Act, ConversationView } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useCallback, useState } from 'react';
import { presentRefusal } from '../text/sentence.ts';

/** Does something to the group; what was refused is said until the next thing is done. */
export function useAct(view: ConversationView) {
  const [problem, setProblem] = useState<string | null>(null);
  const act = useCallback(
    async (wanted: Act): Promise<boolean> => {
      setProblem(null);
      const done = await view.act(wanted);
      if (isRefused(done)) setProblem(presentRefusal(done));
      return !isRefused(done);
    },
    [view],
  );
  return { act, problem };
}
