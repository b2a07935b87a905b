import { useEffect } from 'react';
import { LateModule } from '../loading/late-module.ts';

/** What nobody sees at the start, and into which nobody types before it stands. */
export const peoplePart = new LateModule(() => import('../people/people-finder.tsx'));
export const newGroupPart = new LateModule(() => import('../groups/new-group.tsx'));
export const rowMenuPart = new LateModule(() => import('../recents/row-menu.tsx'));
export const updatePart = new LateModule(() => import('../program/update-notice.tsx'));
export const settingsPart = new LateModule(() => import('../settings/settings-screen.tsx'));
export const invitePart = new LateModule(() => import('../invitation/invite-screen.tsx'));
export const firstStepsPart = new LateModule(() => import('../invitation/first-steps.tsx'));
export const acceptPart = new LateModule(() => import('../invitation/accept-invitation.tsx'));
export const detailsPart = new LateModule(() => import('../details/conversation-details.tsx'));
export const shortcutsPart = new LateModule(() => import('./shortcut-sheet.tsx'));

const settleMs = 2_000;

/** Fetches them once the page has settled, so that each opens at once when it is wanted, and without a connection too. */
export function useLateParts(): void {
  useEffect(() => {
    const timer = window.setTimeout(() => {
      for (const part of [
        peoplePart,
        rowMenuPart,
        newGroupPart,
        updatePart,
        settingsPart,
        shortcutsPart,
        detailsPart,
        invitePart,
        firstStepsPart,
        acceptPart,
      ])
        void part.want();
    }, settleMs);
    return () => window.clearTimeout(timer);
  }, []);
}
