import type { ConversationView, EvidenceProgress } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useCallback, useEffect, useRef, useState } from 'react';
import { saveFile } from '../device/save-file.ts';
import { presentRefusal } from '../text/sentence.ts';
import { evidenceName } from './evidence-name.ts';

type EvidenceState =
  | { readonly is: 'idle' }
  | { readonly is: 'going'; readonly progress: EvidenceProgress | null }
  | { readonly is: 'saved'; readonly count: number }
  | { readonly is: 'stopped' }
  | { readonly is: 'failed'; readonly problem: string };

/** Fetches a conversation's evidence and lets the browser keep it. It is given up with the part of the page that asked for it. */
export function useEvidence(view: ConversationView, title: string) {
  const [state, setState] = useState<EvidenceState>({ is: 'idle' });
  const going = useRef<AbortController | null>(null);
  const stop = useCallback(() => {
    going.current?.abort();
    going.current = null;
    setState({ is: 'stopped' });
  }, []);
  useEffect(() => () => going.current?.abort(), []);

  const start = useCallback(async () => {
    const own = new AbortController();
    going.current = own;
    setState({ is: 'going', progress: null });
    const onProgress = (progress: EvidenceProgress) => {
      if (going.current === own) setState({ is: 'going', progress });
    };
    const answer = await view.exportEvidence({ signal: own.signal, onProgress });
    if (going.current !== own || own.signal.aborted) return;
    going.current = null;
    if (isRefused(answer)) return setState({ is: 'failed', problem: presentRefusal(answer) });
    saveFile(answer.file, evidenceName(title, new Date()));
    setState({ is: 'saved', count: answer.entryCount });
  }, [view, title]);
  return { state, start, stop };
}
