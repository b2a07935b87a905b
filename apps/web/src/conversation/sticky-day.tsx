import type { ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { useCallback, useRef, useState } from 'react';
import { say } from '../language/say.ts';
import { presentDay } from '../text/time.ts';
import { DayPopup } from './day-popup.tsx';
import './sticky-day.css';

type Props = {
  view: ConversationView;
  day: number;
  /** Whether the day is not told in the list just there anyhow. */
  isShown: boolean;
  onJump: (seq: Seq) => void;
};

/** The day of what one reads, over the list's edge; whoever presses it goes to another one. */
export function StickyDay({ view, day, isShown, onJump }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <div className="sticky-day" data-shown={isShown || isOpen || undefined}>
      <button
        ref={button}
        type="button"
        className="sticky-day-button"
        aria-label={say('{day}: go to another day', { day: presentDay(day, Date.now()) })}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {presentDay(day, Date.now())}
      </button>
      {isOpen && <DayPopup view={view} day={day} button={button} onClose={close} onFound={onJump} />}
    </div>
  );
}
