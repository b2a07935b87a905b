import type { ConversationView } from '@parlour/sdk/client';
import { useTimeline } from '@parlour/sdk-react/use-conversation';
import ChevronDown from 'lucide-react/icons/chevron-down';
import FileCheck from 'lucide-react/icons/file-check';
import Scale from 'lucide-react/icons/scale';
import X from 'lucide-react/icons/x';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentShare } from '../text/count.ts';
import './evidence-section.css';
import { useEvidence } from './use-evidence.ts';

const look = { size: 18, strokeWidth: 1.75, 'aria-hidden': true } as const;

type Props = { view: ConversationView; title: string; isOnlyMine: boolean };

/** A conversation as a file that can be checked elsewhere, and what one compares with others. */
export function EvidenceSection({ view, title, isOnlyMine }: Props) {
  const { state, start, stop } = useEvidence(view, title);
  const isGoing = state.is === 'going';
  const { entryCount = 0, ofCount = 1 } = (isGoing && state.progress) || {};
  return (
    <section className="details-section">
      <h2>{say('Evidence')}</h2>
      <p className="details-note">{say('A file of all that you can see here, with what it takes to check it without this server.')}</p>
      <div className="details-jumps">
        {/* One button for both, so that the focus stays on it. */}
        <button type="button" className="details-jump" onClick={() => (isGoing ? stop() : void start())}>
          {isGoing ? <X {...look} /> : <FileCheck {...look} />}
          {isGoing ? say('Stop') : say('Export evidence')}
        </button>
      </div>
      {isGoing && <progress className="evidence-progress" aria-label={say('Exporting')} value={entryCount} max={Math.max(1, ofCount)} />}
      <p role="status" className="details-note">
        {/* By quarters, as it is read aloud. */}
        {isGoing && say('Exporting: {share}', { share: presentShare(Math.floor((4 * entryCount) / Math.max(1, ofCount)) / 4) })}
        {state.is === 'stopped' && say('Stopped. Nothing was saved.')}
        {state.is === 'saved' &&
          say('{count, plural, one {Saved: # entry.} other {Saved: # entries.}} It holds every message in the clear, so keep it safe.', {
            count: state.count,
          })}
      </p>
      {state.is === 'failed' && (
        <p className="details-note" role="alert">
          {state.problem} <Button onClick={() => void start()}>{say('Try again')}</Button>
        </p>
      )}
      {!isOnlyMine && <Comparison view={view} />}
    </section>
  );
}

/** The end of the log as the server tells it, to be read aloud. */
function Comparison({ view }: { view: ConversationView }) {
  const { headSeq, headFingerprint } = useTimeline(view);
  if (headFingerprint === null) return null;
  return (
    <details className="evidence-comparison">
      <summary className="details-jump">
        <Scale {...look} />
        {say('Compare with others')}
        <ChevronDown {...look} />
      </summary>
      <p className="details-note">{say('After entry {seq} the server says:', { seq: headSeq })}</p>
      <p className="evidence-fingerprint" dir="ltr">
        {headFingerprint.split(' ').map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is all that a group is
          <span key={index}>{group}</span>
        ))}
      </p>
      <p className="details-note">
        {say(
          'Whoever sees other digits after the same entry was told another history. The same digits: you were told of one, and the checked file shows what it says.',
        )}
      </p>
    </details>
  );
}
