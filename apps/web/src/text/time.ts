import { say, spokenLanguage } from '../language/say.ts';

const dayMs = 86_400_000;

const made = new Map<string, Formats>();
type Formats = ReturnType<typeof makeFormats>;

function makeFormats(locale: string) {
  const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  return {
    clock: date({ hour: 'numeric', minute: '2-digit' }),
    weekday: date({ weekday: 'short' }),
    dayOfYear: date({ day: 'numeric', month: 'short' }),
    dayOfAnyYear: date({ day: 'numeric', month: 'short', year: 'numeric' }),
    longDay: date({ weekday: 'long', day: 'numeric', month: 'long' }),
    longDayOfAnyYear: date({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    full: date({ dateStyle: 'full', timeStyle: 'short' }),
    exact: date({ dateStyle: 'medium', timeStyle: 'short' }),
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
  };
}

/** Those of the language that the page speaks; making them is slow, and a list asks for them in every row. */
function formats(): Formats {
  const { locale } = spokenLanguage();
  const known = made.get(locale) ?? makeFormats(locale);
  made.set(locale, known);
  return known;
}

/** Local midnight before a moment, as a number that is the same for all of that day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** How many local days lie between; a day of 23 or 25 hours counts as one. */
function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / dayMs);
}

function isOneYear(at: number, now: number): boolean {
  return new Date(at).getFullYear() === new Date(now).getFullYear();
}

export function presentClock(at: number): string {
  return formats().clock.format(at);
}

/** To the minute, and short enough for a list. */
export function presentExact(at: number): string {
  return formats().exact.format(at);
}

/** A day of any year, as short as that goes. */
export function presentDate(at: number): string {
  return formats().dayOfAnyYear.format(at);
}

export function presentFull(at: number): string {
  return formats().full.format(at);
}

/** As short as it is clear: the time today, the weekday within six days, else the date. */
export function presentShort(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return formats().clock.format(at);
  if (days < 7) return formats().weekday.format(at);
  return formats()[isOneYear(at, now) ? 'dayOfYear' : 'dayOfAnyYear'].format(at);
}

export function presentDay(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1) return capitalise(formats().relative.format(-days, 'day'));
  return formats()[isOneYear(at, now) ? 'longDay' : 'longDayOfAnyYear'].format(at);
}

/** "today at 14:02", for a sentence. */
export function presentMoment(at: number, now: number): string {
  const days = daysBetween(at, now);
  const time = presentClock(at);
  if (days <= 0) return say('at {time}', { time });
  if (days === 1) return say('{day} at {time}', { day: formats().relative.format(-1, 'day'), time });
  return say('on {day}', { day: presentShort(at, now) });
}

/** A local day as a field for dates has it: 2026-11-26. */
export function presentInputDay(at: number): string {
  const date = new Date(at);
  const two = (count: number) => `${count}`.padStart(2, '0');
  return `${`${date.getFullYear()}`.padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Local midnight at the beginning of such a day; null where it is none. */
export function parseDay(day: string): number | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (year === undefined) return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date)).getTime();
  return presentInputDay(at) === day ? at : null;
}

function capitalise(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
