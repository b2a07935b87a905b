import { useEffect } from 'react';
import { LateModule } from '../loading/late-module.ts';

/** What nobody sees at the start, and into which nobody types before it stands. */
export const peoplePart = new LateModule(() => import('../people/people-finder.tsx'));
export const updatePart = new LateModule(() => import('../program/update-notice.tsx'));
export const settingsPart = new LateModule(() => import('../settings/settings-screen.tsx'));
export const invitePart = new LateModule(() => import('../invitation/invite-screen.tsx'));
export const firstStepsPart = new LateModule(() => import('../invitation/first-steps.tsx'));
export const acceptPart = new LateModule(() => import('../invitation/accept-invitation.tsx'));
export const detailsPart = new LateModule(() => import('../details/conversation-details.tsx'));
export const shortcutsPart = new LateModule(() => import('./shortcut-sheet.tsx'));

const settleMs = 2_000;

/** Fetches what is wanted first as soon as the list is painted, and the rest once the page has settled, so that each opens at once, and without a connection too. */
export function useLateParts(first: LateModule<unknown>): void {
  useEffect(() => {
    // A timer set in a frame comes after what that frame paints.
    requestAnimationFrame(() => window.setTimeout(() => void first.want()));
    const timer = window.setTimeout(() => {
      for (const part of [peoplePart, updatePart, settingsPart, shortcutsPart, detailsPart, invitePart, firstStepsPart, acceptPart])
        void part.want();
    }, settleMs);
    return () => window.clearTimeout(timer);
  }, [first]);
}
