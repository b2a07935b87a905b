import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useConversations, useMe, usePeople } from '@parlour/sdk-react/use-account';
import Search from 'lucide-react/icons/search';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { Avatar, NotesAvatar } from '../design/avatar.tsx';
import { Dialog } from '../design/dialog.tsx';
import { focusFirst } from '../design/focus-first.ts';
import { say } from '../language/say.ts';
import { useFoundPeople } from '../people/use-found-people.ts';
import { useRouter } from '../routing/router.tsx';
import { presentUnread } from '../text/count.ts';
import { presentRefusal } from '../text/sentence.ts';
import { rank } from './fuzzy-rank.ts';
import './quick-switcher.css';
import { personItem, type SwitcherItem, switcherItems } from './switcher-items.ts';

const shownMax = 30;
/** From so many letters on the server is asked for people whom this device does not know. */
const askedFromLength = 2;

/** Anyone and any conversation, by a few letters: what this device knows at once, whom the server knows a moment later. */
export function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const items = useItems(typed);
  const listId = useId();
  const client = useClient();
  const { navigate } = useRouter();
  const index = Math.min(chosen, items.length - 1);

  const open = async ({ to }: SwitcherItem) => {
    const conversation = 'conversation' in to ? to.conversation : await client.openDirect(to.person);
    if (isRefused(conversation)) return setProblem(presentRefusal(conversation));
    onClose();
    navigate({ at: 'conversation', conversation });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = items[index];
    if (step !== undefined && items.length > 0) {
      event.preventDefault();
      const next = (index + step + items.length) % items.length;
      setChosen(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && item !== undefined) {
      event.preventDefault();
      void open(item);
    }
  };

  return (
    <Dialog label={say('Search or jump to')} className="switcher" onClose={onClose}>
      <div className="switcher-field">
        <Search size={18} strokeWidth={1.75} aria-hidden="true" />
        <input
          {...focusFirst}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={items.length === 0 ? undefined : `${listId}-${index}`}
          aria-label={say('Search or jump to')}
          placeholder={say('A name or a handle')}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
            setProblem(null);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {/* The field keeps the focus; the arrows choose. */}
      <div id={listId} className="switcher-list" role="listbox" aria-label={say('Found')} tabIndex={-1}>
        {items.map((item, place) => (
          <Option
            key={item.key}
            id={`${listId}-${place}`}
            item={item}
            chosen={place === index}
            onPoint={() => setChosen(place)}
            onOpen={() => void open(item)}
          />
        ))}
      </div>
      <p className="switcher-note" role="status">
        {problem ?? (items.length === 0 ? say('Nobody and nothing by that name.') : null)}
      </p>
    </Dialog>
  );
}

type OptionProps = { id: string; item: SwitcherItem; chosen: boolean; onPoint: () => void; onOpen: () => void };

function Option({ id, item: { title, note, colourOf, unread }, chosen, onPoint, onOpen }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field above, which has the focus
    // biome-ignore lint/a11y/useFocusableInteractive: likewise
    <div id={id} role="option" aria-selected={chosen} className="switcher-option" onPointerMove={onPoint} onClick={onOpen}>
      {colourOf === null ? <NotesAvatar size="small" /> : <Avatar id={colourOf} name={title} size="small" />}
      <bdi className="switcher-title">{title}</bdi>
      <bdi className="switcher-handle">{note}</bdi>
      {unread > 0 && (
        <span className="switcher-unread">
          {presentUnread(unread)}
          <span className="visually-hidden"> {say('unread')}</span>
        </span>
      )}
    </div>
  );
}

function useItems(typed: string): SwitcherItem[] {
  const conversations = useConversations();
  const people = usePeople();
  const me = useMe();
  const found = useFoundPeople(typed.trim().length < askedFromLength ? '' : typed);
  const known = useMemo(() => switcherItems(conversations, people.values(), me), [conversations, people, me]);
  return useMemo(() => {
    const fitting = rank(known, typed.replace(/^@/u, ''), shownMax);
    const isKnown = new Set(known.flatMap(({ key, colourOf }) => [key, colourOf ?? key]));
    const others = found.state === 'found' && typed.trim() !== '' ? found.people.filter(({ id }) => !isKnown.has(id)) : [];
    return [...fitting, ...others.map(personItem)];
  }, [known, typed, found]);
}
