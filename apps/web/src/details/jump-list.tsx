import type { ConversationView } from '@parlour/sdk/client';
import ArrowDownToLine from 'lucide-react/icons/arrow-down-to-line';
import ArrowUpToLine from 'lucide-react/icons/arrow-up-to-line';
import CalendarDays from 'lucide-react/icons/calendar-days';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { DayPopup } from '../conversation/day-popup.tsx';
import { say } from '../language/say.ts';
import type { Details } from './details-panel.tsx';

/** The ways through a conversation; above them, since when it is. */
export function JumpList({
  view,
  lastAt,
  onJump,
  children,
}: {
  view: ConversationView;
  lastAt: number;
  onJump: Details['onJump'];
  children: ReactNode;
}) {
  const dayButton = useRef<HTMLButtonElement>(null);
  const [isChoosing, setChoosing] = useState(false);
  const endChoice = useCallback(() => setChoosing(false), []);
  const look = { size: 18, strokeWidth: 1.75, 'aria-hidden': true } as const;
  return (
    <section className="details-section">
      <h2>{say('Messages')}</h2>
      {children !== false && <p className="details-note">{children}</p>}
      <div className="details-jumps">
        <button type="button" className="details-jump" onClick={() => onJump('first')}>
          <ArrowUpToLine {...look} />
          {say('First message')}
        </button>
        <button type="button" className="details-jump" onClick={() => onJump('last')}>
          <ArrowDownToLine {...look} />
          {say('Last message')}
        </button>
        <button
          ref={dayButton}
          type="button"
          className="details-jump"
          aria-haspopup="dialog"
          aria-expanded={isChoosing}
          onClick={() => setChoosing(!isChoosing)}
        >
          <CalendarDays {...look} />
          {say('Go to a day')}
        </button>
      </div>
      {isChoosing && <DayPopup view={view} day={lastAt} button={dayButton} onClose={endChoice} onFound={onJump} />}
    </section>
  );
}
