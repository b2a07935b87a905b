import { useMedia } from './use-media.ts';

/** Where the list and what it leads to stand one after the other; the style sheets say the same. */
const phone = '(max-width: 700px)';

export const isPhone = (): boolean => window.matchMedia(phone).matches;

export const useIsPhone = (): boolean => useMedia(phone);
