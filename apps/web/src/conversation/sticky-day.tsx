import type { ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { isRefused } from '@parlour/sdk-react/refusal';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import { parseDay, presentDay, presentInputDay } from '../text/time.ts';
import { Popup } from './popup.tsx';
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
  const place = useCallback((own: { width: number }) => {
    const box = button.current?.getBoundingClientRect();
    return { left: (box?.left ?? 0) + ((box?.width ?? 0) - own.width) / 2, top: (box?.bottom ?? 0) + 6 };
  }, []);
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
      {isOpen && (
        <Popup role="dialog" aria-label={say('Go to a day')} place={place} onClose={close}>
          <DayForm
            view={view}
            day={day}
            onFound={(seq) => {
              close();
              onJump(seq);
            }}
          />
        </Popup>
      )}
    </div>
  );
}

function DayForm({ view, day, onFound }: { view: ConversationView; day: number; onFound: (seq: Seq) => void }) {
  const [chosen, setChosen] = useState(presentInputDay(day));
  const [state, setState] = useState<'idle' | 'looking' | { readonly problem: string }>('idle');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const go = async (event: FormEvent) => {
    event.preventDefault();
    // Forms bubble through React's tree, and this one stands in a list of messages.
    event.stopPropagation();
    const at = parseDay(chosen);
    if (at === null) return setState({ problem: say('This is no day.') });
    setState('looking');
    const found = await view.findMoment(at as Parameters<typeof view.findMoment>[0]);
    if (isRefused(found)) setState({ problem: presentRefusal(found) });
    else onFound(found);
  };
  return (
    <form className="sticky-day-form" onSubmit={go}>
      <label>
        {say('Go to a day')}
        <input
          ref={field}
          type="date"
          required
          max={presentInputDay(Date.now())}
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
        />
      </label>
      <Button type="submit" look="filled" disabled={state === 'looking'}>
        {say('Go')}
      </Button>
      {typeof state === 'object' && (
        <p className="sticky-day-problem" role="alert">
          {state.problem}
        </p>
      )}
    </form>
  );
}
