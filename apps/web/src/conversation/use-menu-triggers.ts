import { useEffect, useRef, useState } from 'react';
import { MenuTriggers } from '../design/menu-triggers.ts';
import type { OpenMenu } from './message-menu.tsx';
import type { MessageRow } from './rows.ts';

let openings = 0;

/** Everything that asks for a message's menu. */
export function useMenuTriggers(row: MessageRow, open: (menu: OpenMenu) => void) {
  const ref = useRef<HTMLElement>(null);
  const newest = useRef({ row, open });
  newest.current = { row, open };
  const [triggers] = useState(() => {
    const openAt = (left: number, top: number, back: HTMLElement | null) => {
      openings += 1;
      newest.current.open({ opening: openings, row: newest.current.row, at: { left, top }, back });
    };
    return new MenuTriggers(ref, openAt, '.message-bubble');
  });
  useEffect(() => triggers.endPress, [triggers]);
  const { openBelow, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, endPress } = triggers;
  return { ref, openBelow, onContextMenu, onKeyDown, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: endPress };
}
