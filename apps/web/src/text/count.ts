import { spokenLanguage } from '../language/say.ts';

const made = new Map<string, Intl.NumberFormat>();

/** As the language of the page writes numbers; making a format is slow, and a list asks for one in every row. */
export function presentCount(count: number): string {
  const { locale } = spokenLanguage();
  const format = made.get(locale) ?? new Intl.NumberFormat(locale);
  made.set(locale, format);
  return format.format(count);
}

/** A part of a whole, as 25 %. */
export function presentShare(part: number): string {
  return new Intl.NumberFormat(spokenLanguage().locale, { style: 'percent' }).format(part);
}

const shownMax = 999;

/** Short enough for the round mark at a row's end. */
export function presentUnread(count: number): string {
  return count > shownMax ? `${presentCount(shownMax)}+` : presentCount(count);
}
