import { spokenLanguage } from './say.ts';

type Edges = { readonly left: number; readonly right: number };

export const isRightToLeft = (): boolean => spokenLanguage().dir === 'rtl';

/** Where a line within it begins. */
export const startOf = ({ left, right }: Edges): number => (isRightToLeft() ? right : left);

/** The left edge of what is so wide and begins there. */
export const leftOf = (start: number, width: number): number => (isRightToLeft() ? start - width : start);
