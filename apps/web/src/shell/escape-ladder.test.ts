import { expect, test } from 'vitest';
import { nearestStep, type Rung } from './escape-ladder.ts';

const step = (rung: Rung) => ({ rung, take: () => {} });

test('[X-30] Escape takes the nearest: popup, reply, panel, present', () => {
  const steps = [step('present'), step('panel'), step('reply'), step('popup')];
  const taken: Rung[] = [];
  while (steps.length > 0) {
    const nearest = nearestStep(steps);
    if (nearest === null) throw new Error('no step was taken');
    taken.push(nearest.rung);
    steps.splice(steps.indexOf(nearest as (typeof steps)[number]), 1);
  }
  expect(taken).toEqual(['popup', 'reply', 'panel', 'present']);
  expect(nearestStep([])).toBe(null);
});

test('[X-30] of two on one rung, the one that came last', () => {
  const [first, second] = [step('panel'), step('panel')];
  expect(nearestStep([first, second, step('present')])).toBe(second);
});
