import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayNameOf } from './display-name.ts';
import { nameKeyOf, wordsOf } from './name-key.ts';

test('a folded name folds to itself, and knows neither case nor marks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const key = nameKeyOf(name);
      expect(nameKeyOf(key)).toBe(key);
      expect(wordsOf(key).every((word) => !/\s/u.test(word) && word !== '')).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(nameKeyOf('  José-María  O’NEILL ')).toBe('jose maria o neill');
  expect(nameKeyOf('Straße')).toBe(nameKeyOf('STRASSE'));
  expect(nameKeyOf('ΟΔΥΣΣΕΥΣ')).toBe(nameKeyOf('οδυσσεύς'));
  expect(wordsOf(nameKeyOf('anna anna lee'))).toEqual(['anna', 'lee']);
  expect(wordsOf(nameKeyOf('🙂'))).toEqual([]);
});

test('[A-34] a shown name keeps nothing that turns or hides its letters', () => {
  expect(displayNameOf(' Anna\u202e\u200b \u0007 Lee\u2066 ')).toBe('Anna Lee');
  expect(displayNameOf('\u202e\u200b')).toBe('');
  expect(displayNameOf('👩‍🚀 Ada')).toBe('👩‍🚀 Ada');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(displayNameOf(displayNameOf(text))).toBe(displayNameOf(text));
    }),
  );
});
