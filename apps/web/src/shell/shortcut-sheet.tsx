import X from 'lucide-react/icons/x';
import { IconButton } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { type Message, say } from '../language/say.ts';
import { commandKey } from './platform-keys.ts';
import './shortcut-sheet.css';

const groups: readonly { readonly title: Message; readonly keys: readonly (readonly [does: Message, ...keys: string[]])[] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['Search or jump to', commandKey, 'K'],
      ['Next part of the page', 'F6'],
      ['The part before', 'Shift', 'F6'],
      ['One step back', 'Esc'],
      ['This sheet', '?'],
    ],
  },
  {
    title: 'Where you write',
    keys: [
      ['Send', 'Enter'],
      ['New line', 'Shift', 'Enter'],
      ['Back to the newest message', 'Esc'],
    ],
  },
  {
    title: 'Among messages and conversations',
    keys: [
      ['One up or down', '↑', '↓'],
      ['First and last message', 'Home', 'End'],
      ['Open', 'Enter'],
    ],
  },
];

/** Every key that does something, on one page. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label={say('Keys')} className="shortcut-sheet" onClose={onClose}>
      <header className="shortcut-sheet-top">
        <h2>{say('Keys')}</h2>
        <IconButton label={say('Close')} onClick={onClose}>
          <X size={20} strokeWidth={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      <div className="shortcut-sheet-groups">
        {groups.map(({ title, keys }) => (
          <section key={title} aria-label={say(title)}>
            <h3>{say(title)}</h3>
            <dl>
              {keys.map(([does, ...pressed]) => (
                <div key={does}>
                  <dt>{say(does)}</dt>
                  <dd dir="ltr">
                    {pressed.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
