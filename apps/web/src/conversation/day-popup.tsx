import type { ConversationView } from '@parlour/sdk/client';
import type { Seq } from '@parlour/sdk-react/ids';
import { isRefused } from '@parlour/sdk-react/refusal';
import { type FormEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import { parseDay, presentInputDay } from '../text/time.ts';
import './day-popup.css';
import { Popup } from '../design/popup.tsx';

type Props = {
  view: ConversationView;
  /** The day that stands there at first. */
  day: number;
  /** What opened it, under which it stands. */
  button: RefObject<HTMLElement | null>;
  onClose: () => void;
  onFound: (seq: Seq) => void;
};

/** Asks for a day, and finds where it begins in the conversation. */
export function DayPopup({ view, day, button, onClose, onFound }: Props) {
  const place = useCallback(
    (own: { width: number }) => {
      const box = button.current?.getBoundingClientRect();
      return { left: (box?.left ?? 0) + ((box?.width ?? 0) - own.width) / 2, top: (box?.bottom ?? 0) + 6 };
    },
    [button],
  );
  return (
    <Popup role="dialog" aria-label={say('Go to a day')} place={place} onClose={onClose}>
      <DayForm
        view={view}
        day={day}
        onFound={(seq) => {
          onClose();
          onFound(seq);
        }}
      />
    </Popup>
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
    <form className="day-popup-form" onSubmit={go}>
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
        <p className="day-popup-problem" role="alert">
          {state.problem}
        </p>
      )}
    </form>
  );
}
