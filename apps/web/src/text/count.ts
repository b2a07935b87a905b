import { spokenLanguage } from '../language/say.ts';

/** As the language of the page writes numbers. */
export function presentCount(count: number): string {
  return new Intl.NumberFormat(spokenLanguage().locale).format(count);
}

const shownMax = 999;

/** Short enough for the round mark at a row's end. */
export function presentUnread(count: number): string {
  return count > shownMax ? `${presentCount(shownMax)}+` : presentCount(count);
}
