import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import Copy from 'lucide-react/icons/copy';
import EyeOff from 'lucide-react/icons/eye-off';
import Info from 'lucide-react/icons/info';
import Link from 'lucide-react/icons/link';
import { Menu, type MenuItem, menuIcon } from '../design/menu.tsx';
import type { Place } from '../design/popup.tsx';
import { copyText } from '../device/copy-text.ts';
import { say } from '../language/say.ts';
import { presentRoute } from '../routing/route.ts';
import type { MessageRow } from './rows.ts';

/**
 * `opening`: of its own for each time it opens, as the browser tells late that the last one was closed.
 * `at`: where it was asked for. `back`: what has the focus again once it is gone.
 */
export type OpenMenu = { readonly opening: number; readonly row: MessageRow; readonly at: Place; readonly back: HTMLElement | null };

type Props = Omit<OpenMenu, 'opening'> & {
  conversation: ConversationId;
  onClose: () => void;
  onMarkUnread: (seq: Seq) => void;
  onDetails: (row: MessageRow) => void;
  onSaid: (words: string) => void;
};

/** What one can do with a message. */
export function MessageMenu({ row, conversation, onMarkUnread, onDetails, onSaid, ...menu }: Props) {
  const { seq } = row;
  const copy = async (text: string) => onSaid((await copyText(text)) ? say('Copied') : say('This browser does not let the page copy'));
  const items: MenuItem[] = [{ icon: <Copy {...menuIcon} />, words: say('Copy text'), act: () => void copy(row.text) }];
  if (seq !== null) {
    const link = window.location.origin + presentRoute({ at: 'conversation', conversation, seq });
    items.push({ icon: <Link {...menuIcon} />, words: say('Copy link'), act: () => void copy(link) });
    items.push({ icon: <EyeOff {...menuIcon} />, words: say('Mark unread from here'), act: () => onMarkUnread(seq) });
    if (row.own) items.push({ icon: <Info {...menuIcon} />, words: say('Who read it'), act: () => onDetails(row) });
  }
  return <Menu label={say('Message')} items={items} {...menu} />;
}
