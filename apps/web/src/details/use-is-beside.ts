import { useMedia } from '../shell/use-media.ts';

/** Where there is room for the details beside the conversation; elsewhere they stand in its place. The style sheet says the same. */
const beside = '(min-width: 1100px)';

export const useIsBeside = (): boolean => useMedia(beside);
