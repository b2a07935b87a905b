import Search from 'lucide-react/icons/search';
import { say } from '../language/say.ts';
import { commandKey } from './platform-keys.ts';
import './search-field.css';

/** Looks like a field, and opens the switcher, which is one. */
export function SearchField({ onOpen }: { onOpen: () => void }) {
  return (
    <button type="button" className="search-field" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onClick={onOpen}>
      <Search size={17} strokeWidth={1.75} aria-hidden="true" />
      <span>{say('Search or jump to')}</span>
      <kbd>{commandKey === 'Ctrl' ? 'Ctrl K' : `${commandKey}K`}</kbd>
    </button>
  );
}
