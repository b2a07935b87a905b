import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { presentShort } from '../text/time.ts';
import './unread-bar.css';

type Props = {
  unread: number;
  /** When the first of them came; null where that is not known. */
  since: number | null;
  /** Whether the place where they begin is in view. */
  isInView: boolean;
  onJump: () => void;
  onMarkRead: () => void;
};

/** What is still unread, with the way to where it begins and the way to be done with it. */
export function UnreadBar({ unread, since, isInView, onJump, onMarkRead }: Props) {
  return (
    <section className="unread-bar" aria-label={say('New messages')}>
      <p>
        {since === null
          ? say('{count, plural, other {# new}}', { count: unread })
          : say('{count, plural, other {# new}} since {moment}', { count: unread, moment: presentShort(since, Date.now()) })}
      </p>
      {!isInView && <Button onClick={onJump}>{say('Jump')}</Button>}
      <Button onClick={onMarkRead}>{say('Mark read')}</Button>
    </section>
  );
}
