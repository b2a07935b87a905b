import type { ConversationSummary, Keeping } from '@parlour/sdk/client';
import { isMuted } from '@parlour/sdk-react/keeping';
import { useClient } from '@parlour/sdk-react/provider';
import Archive from 'lucide-react/icons/archive';
import ArchiveRestore from 'lucide-react/icons/archive-restore';
import Bell from 'lucide-react/icons/bell';
import BellOff from 'lucide-react/icons/bell-off';
import Pin from 'lucide-react/icons/pin';
import PinOff from 'lucide-react/icons/pin-off';
import { Menu, type MenuItem, menuIcon } from '../design/menu.tsx';
import type { Place } from '../design/popup.tsx';
import { say } from '../language/say.ts';

/** `opening`: of its own for each time it opens, as the browser tells late that the last one was closed. */
export type OpenRowMenu = {
  readonly opening: number;
  readonly summary: ConversationSummary;
  readonly at: Place;
  readonly back: HTMLElement | null;
};

const hourMs = 3_600_000;

/** How one keeps a conversation: quiet, at the top, out of the way. */
export function RowMenu({ summary, title, ...menu }: Omit<OpenRowMenu, 'opening'> & { title: string; onClose: () => void }) {
  const client = useClient();
  const { id, keeping } = summary;
  const keep = (wanted: Partial<Keeping>) => () => void client.keepConversation(id, wanted);
  const muteFor = (hours: number) => keep({ muted: { until: (Date.now() + hours * hourMs) as Now } });
  const items: MenuItem[] = [
    keeping.isPinned
      ? { icon: <PinOff {...menuIcon} />, words: say('Unpin'), act: keep({ isPinned: false }) }
      : { icon: <Pin {...menuIcon} />, words: say('Pin to the top'), act: keep({ isPinned: true }) },
    ...(isMuted(keeping, Date.now() as Now)
      ? [{ icon: <Bell {...menuIcon} />, words: say('Unmute'), act: keep({ muted: null }) }]
      : [
          { icon: <BellOff {...menuIcon} />, words: say('Mute for an hour'), act: muteFor(1) },
          { icon: <BellOff {...menuIcon} />, words: say('Mute for a day'), act: muteFor(24) },
          { icon: <BellOff {...menuIcon} />, words: say('Mute for good'), act: keep({ muted: { until: null } }) },
        ]),
    keeping.isArchived
      ? { icon: <ArchiveRestore {...menuIcon} />, words: say('Take out of the archive'), act: keep({ isArchived: false }) }
      : { icon: <Archive {...menuIcon} />, words: say('Archive'), act: keep({ isArchived: true }) },
  ];
  return <Menu label={title} items={items} {...menu} />;
}

type Now = Parameters<typeof isMuted>[1];
