import type { Act, GroupStanding, Member } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useMe } from '@parlour/sdk-react/use-account';
import Ban from 'lucide-react/icons/ban';
import Crown from 'lucide-react/icons/crown';
import Ellipsis from 'lucide-react/icons/ellipsis';
import MessageCircle from 'lucide-react/icons/message-circle';
import Shield from 'lucide-react/icons/shield';
import User from 'lucide-react/icons/user';
import UserMinus from 'lucide-react/icons/user-minus';
import { type KeyboardEvent, type MouseEvent, useCallback, useRef, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { IconButton } from '../design/button.tsx';
import { Menu, type MenuItem, menuIcon } from '../design/menu.tsx';
import type { Place } from '../design/popup.tsx';
import { startOf } from '../language/direction.ts';
import { say } from '../language/say.ts';
import { useRouter } from '../routing/router.tsx';
import { mayDo, standsAbove } from './permitted.ts';

type Props = { readonly member: Member; readonly group: GroupStanding; readonly onAct: (act: Act) => Promise<boolean> };

/** One who is in the group, and what can be done about it: by the button, the right one, and the keyboard's own keys for a menu. */
export function MemberRow({ member: { person, role }, group, onAct }: Props) {
  const me = useMe();
  const row = useRef<HTMLLIElement>(null);
  const [menuAt, setMenuAt] = useState<Place | null>(null);
  const close = useCallback(() => setMenuAt(null), []);
  const isMe = person.id === me?.id;
  const items = useItems({ person, role, joinedSeq: 0 as Member['joinedSeq'] }, group, onAct);
  const button = () => row.current?.querySelector('button') ?? null;
  const openBelow = () => {
    const box = button()?.getBoundingClientRect();
    if (box && items.length > 0) setMenuAt({ left: startOf(box), top: box.bottom + 4 });
  };
  const onContextMenu = (event: MouseEvent) => {
    if (items.length === 0) return;
    event.preventDefault();
    setMenuAt({ left: event.clientX, top: event.clientY });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
    event.preventDefault();
    openBelow();
  };
  return (
    <li ref={row} className="group-member" onContextMenu={onContextMenu} onKeyDown={onKeyDown}>
      <Avatar id={person.id} name={person.displayName} size="small" />
      <span className="group-member-names">
        <bdi>{isMe ? say('You') : person.displayName}</bdi>
        <bdi className="details-note">@{person.handle}</bdi>
      </span>
      {role !== 'member' && <span className="group-member-role">{role === 'owner' ? say('Owner') : say('Admin')}</span>}
      {items.length > 0 && (
        <IconButton
          label={say('What to do with {name}', { name: person.displayName })}
          aria-haspopup="menu"
          aria-expanded={menuAt !== null}
          onClick={openBelow}
        >
          <Ellipsis size={18} strokeWidth={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {menuAt !== null && <Menu label={person.displayName} at={menuAt} back={button()} items={items} onClose={close} />}
    </li>
  );
}

function useItems({ person, role }: Member, group: GroupStanding, onAct: Props['onAct']): readonly MenuItem[] {
  const me = useMe();
  const client = useClient();
  const { navigate } = useRouter();
  const isOwner = group.role === 'owner';
  const write = async () => {
    const conversation = await client.openDirect(person.id);
    if (!isRefused(conversation)) navigate({ at: 'conversation', conversation });
  };
  const make = (wanted: Member['role']) => () => void onAct({ kind: 'role', body: { person: person.id, role: wanted } });
  const items: MenuItem[] = [];
  if (person.id !== me?.id)
    items.push({
      icon: <MessageCircle {...menuIcon} />,
      words: say('Write to {name}', { name: person.displayName }),
      act: () => void write(),
    });
  // An owner lays the role down for themselves, and takes it from nobody.
  if (isOwner && (role !== 'owner' || person.id === me?.id)) {
    if (role !== 'owner') items.push({ icon: <Crown {...menuIcon} />, words: say('Make an owner'), act: make('owner') });
    if (role !== 'admin') items.push({ icon: <Shield {...menuIcon} />, words: say('Make an admin'), act: make('admin') });
    if (role !== 'member') items.push({ icon: <User {...menuIcon} />, words: say('Make a member'), act: make('member') });
  }
  if (person.id !== me?.id && mayDo(group, 'remove') && standsAbove(group.role, role)) {
    items.push({
      icon: <UserMinus {...menuIcon} />,
      words: say('Remove from the group'),
      act: () => void onAct({ kind: 'remove', body: { person: person.id } }),
    });
    items.push({
      icon: <Ban {...menuIcon} />,
      words: say('Remove and ban'),
      act: () => void onAct({ kind: 'remove', body: { person: person.id, ban: true } }),
    });
  }
  return items;
}
