import { expect, test } from 'vitest';
import { dayOf, parseDay, presentInputDay } from './time.ts';

test.each(['2026-11-26', '2024-02-29', '1999-12-31', '2026-03-29'])('[X-22] %s is a day, and begins at its midnight', (day) => {
  const at = parseDay(day);
  expect(at).toBe(dayOf((at ?? 0) + 3_600_000));
  expect(presentInputDay(at ?? 0)).toBe(day);
});

test.each(['', '2026-02-30', '2026-13-01', '26-11-26', '2026-11-26T00:00', 'tomorrow'])('%j is no day', (day) => {
  expect(parseDay(day)).toBeNull();
});
