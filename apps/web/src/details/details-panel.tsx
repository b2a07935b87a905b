import type { ConversationSummary, ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import X from 'lucide-react/icons/x';
import { useLayoutEffect, useRef } from 'react';
import { IconButton } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { LatePart } from '../loading/late-part.tsx';
import { useEscape } from '../shell/escape-ladder.ts';
import { detailsPart } from '../shell/late-parts.ts';
import { Region } from '../shell/region.tsx';
import { enterRegion } from '../shell/region-steps.ts';
import './details-panel.css';
import { useIsBeside } from './use-is-beside.ts';

export type Details = {
  readonly view: ConversationView;
  readonly summary: ConversationSummary | null;
  readonly title: string;
  readonly onJump: (place: Seq | 'first' | 'last') => void;
};

/** What there is to know of a conversation, beside it where there is room. It can be closed before what it shows has come, and where that breaks. */
export function DetailsPanel({ onClose, ...details }: Details & { onClose: () => void }) {
  const panel = useRef<HTMLElement>(null);
  const isBeside = useIsBeside();
  useEscape('panel', onClose);
  useLayoutEffect(() => {
    if (panel.current !== null) enterRegion(panel.current);
  }, []);
  return (
    <section ref={panel} className="details-panel" aria-label={say('About this conversation')} data-region>
      <header className="details-panel-header">
        {/* One button at either end, so that the focus stays on it when the window becomes another. */}
        <IconButton label={isBeside ? say('Close') : say('Back to the conversation')} className="details-panel-close" onClick={onClose}>
          {isBeside ? <X size={20} strokeWidth={1.75} aria-hidden="true" /> : <ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" />}
        </IconButton>
        <h1 className="details-panel-title">{say('About this conversation')}</h1>
      </header>
      <div className="details-panel-scroller">
        <Region broken="This part stopped working">
          <LatePart late={detailsPart}>{({ ConversationDetails }) => <ConversationDetails {...details} />}</LatePart>
        </Region>
      </div>
    </section>
  );
}
