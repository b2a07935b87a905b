const dayMs = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayOfAnyYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayOfAnyYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** Local midnight before a moment, as a number that is the same for all of that day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** How many local days lie between; a day of 23 or 25 hours counts as one. */
function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / dayMs);
}

export function presentClock(at: number): string {
  return clock.format(at);
}

/** To the minute, and short enough for a list. */
export function presentExact(at: number): string {
  return exact.format(at);
}

export function presentFull(at: number): string {
  return full.format(at);
}

/** As short as it is clear: the time today, the weekday within six days, else the date. */
export function presentShort(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clock.format(at);
  if (days < 7) return weekday.format(at);
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? dayOfYear : dayOfAnyYear).format(at);
}

export function presentDay(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1) return capitalise(relative.format(-days, 'day'));
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? longDay : longDayOfAnyYear).format(at);
}

/** "today at 14:02", for a sentence. */
export function presentMoment(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return `at ${clock.format(at)}`;
  if (days === 1) return `${relative.format(-1, 'day')} at ${clock.format(at)}`;
  return `on ${presentShort(at, now)}`;
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
