import Pencil from 'lucide-react/icons/pencil';
import type { CSSProperties } from 'react';
import './avatar.css';
import { initials } from './initials.ts';
import { personHue } from './person-hue.ts';

export type AvatarSize = 'small' | 'medium' | 'large' | 'portrait';

/** A soft square with initials, coloured by the id. Decoration: the name always stands beside it. */
export function Avatar({
  id,
  name,
  size = 'medium',
  online = false,
  hue = null,
}: {
  id: string;
  name: string;
  size?: AvatarSize;
  online?: boolean;
  /** Chosen for a group; null: that of the id. */
  hue?: number | null | undefined;
}) {
  return (
    <span className={`avatar avatar-${size}`} style={{ '--hue': hue ?? personHue(id) } as CSSProperties} aria-hidden="true">
      {initials(name)}
      {online && <span className="avatar-presence" />}
    </span>
  );
}

/** Stands where a person would, before what one writes to oneself. */
export function NotesAvatar({ size = 'medium' }: { size?: AvatarSize }) {
  return (
    <span className={`avatar avatar-${size} avatar-notes`} aria-hidden="true">
      <Pencil strokeWidth={1.75} />
    </span>
  );
}
