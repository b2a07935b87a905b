import { expect, test } from 'vitest';
import { drawTroubles, presentTrouble, subjectOf, troubleKinds } from './troubles.ts';

const hour = { lengthMs: 3_600_000, serverCount: 3 };

test('a seed has one timetable, and a longer run of it begins like a shorter one', () => {
  const whole = drawTroubles(7, hour);
  expect(drawTroubles(7, hour)).toEqual(whole);
  const short = drawTroubles(7, { ...hour, lengthMs: 60_000 });
  expect(short.length).toBeGreaterThan(10);
  expect(whole.slice(0, short.length)).toEqual(short);
  expect(drawTroubles(8, hour).map(presentTrouble)).not.toEqual(whole.map(presentTrouble));
});

test('every kind comes about as often as any other, to each server, and none to a subject that still suffers', () => {
  const troubles = drawTroubles(7, hour);
  const counts = troubleKinds.map((kind) => troubles.filter((trouble) => trouble.kind === kind).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(new Set(troubles.map(({ server }) => server))).toEqual(new Set([0, 1, 2, null]));
  const untilMs = new Map<string, number>();
  for (const { atMs, forMs, kind, server } of troubles) {
    const subject = subjectOf(kind, server);
    expect(untilMs.get(subject) ?? 0).toBeLessThan(atMs);
    untilMs.set(subject, atMs + forMs);
  }
  const lasting = troubles.map(({ atMs }) => troubles.filter((other) => other.atMs <= atMs && atMs < other.atMs + other.forMs).length);
  expect(Math.max(...lasting)).toBeGreaterThan(2);
});
