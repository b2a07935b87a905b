import { expect, test } from 'vitest';
import { initials } from './initials.ts';
import { personHue } from './person-hue.ts';

test.each([
  ['Mara Lindqvist', 'ML'],
  ['Ada de la Cruz', 'AC'],
  ['ubotu', 'Ub'],
  ['写真', '写真'],
  ['<b>x</b>', 'Bx'],
  ['👩‍👩‍👧 Family', '👩‍👩‍👧F'],
  ['\u202eevil', 'Ev'],
  ['  ', '?'],
])('%s is known by %s', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test('a person keeps their colour, and colours are spread over the whole circle', () => {
  const hues = Array.from({ length: 1_000 }, (_, index) => personHue(`id ${index}`));
  expect(personHue('id 7')).toBe(hues[7]);
  const perSixth = [0, 1, 2, 3, 4, 5].map((sixth) => hues.filter((hue) => Math.floor(hue / 60) === sixth).length);
  expect(Math.min(...perSixth)).toBeGreaterThan(100);
});
