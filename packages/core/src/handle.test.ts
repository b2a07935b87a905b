import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from './errors.ts';
import { decideHandle, handleKeyOf } from './handle.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const wellFormed = fc.string({ unit: fc.constantFrom(...letters), minLength: 3, maxLength: 32 });
const keyOf = (text: string) => {
  const decided = decideHandle(text);
  if (isRefusal(decided)) throw new Error(`refused ${text}: ${decided.details.reason}`);
  return decided.handleKey;
};

describe('handle', () => {
  test('[HANDLE-1] anything that is accepted is one script, in small letters, and is accepted again as it is', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'aAzZ09_.-éßабвАБΑασς漢字かな한글אבעم नि\u200d\u202e\u0301 '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const decided = decideHandle(text);
        if (isRefusal(decided)) return;
        expect(decided.handle).toBe(decided.handle.toLowerCase());
        expect(decideHandle(decided.handle)).toEqual(decided);
        expect(decided.handle).not.toMatch(/[\p{Cc}\p{Cf}\p{Z}]/u);
        expect(/\p{Script=Latin}/u.test(decided.handle) && /\p{Script=Cyrillic}/u.test(decided.handle)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['anna', 'Anna.Lee', 'x_1', 'jürgen', 'straße', 'анна', 'Ελένη', '山田たろう', '민준2', 'नमिता', 'ÅSA', '123'])(
    '[HANDLE-1] %s may be used',
    (text) => {
      expect(isRefusal(decideHandle(text))).toBe(false);
    },
  );

  test.each([
    ['ab', 'characters'],
    ['a'.repeat(33), 'characters'],
    ['аnna', 'more than one script'],
    ['annа', 'more than one script'],
    ['αlpha', 'more than one script'],
    ['an na', 'letters and digits'],
    ['an\u200bna', 'letters and digits'],
    ['an\u202ena', 'letters and digits'],
    ['_anna', 'letters and digits'],
    ['anna_', 'singly'],
    ['an__na', 'singly'],
    ['an.-na', 'singly'],
    ['anna@x', 'letters and digits'],
    ['🙂🙂🙂', 'letters and digits'],
    ['q\u0301q\u0301q', 'mark'],
    ['ᚠᚢᚦ', 'script that is not known'],
  ])('[HANDLE-1] %j may not be used', (text, reason) => {
    expect(decideHandle(text)).toMatchObject({
      refused: 'malformed',
      details: { field: 'handle', reason: expect.stringContaining(reason) },
    });
  });

  test('[HANDLE-2] the key knows neither case nor marks, and a key is its own key', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(keyOf(text.toUpperCase())).toBe(keyOf(text));
        expect(handleKeyOf(keyOf(text))).toBe(keyOf(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(handleKeyOf(handleKeyOf(text))).toBe(handleKeyOf(text));
      }),
    );
    expect(keyOf('Jürgen')).toBe(keyOf('jurgen'));
    expect(keyOf('ΟΔΥΣΣΕΥΣ')).toBe(keyOf('οδυσσευς'));
    expect(keyOf('ａｎｎａ')).toBe(keyOf('anna'));
  });

  test.each([
    ['paypal', 'раураӏ'],
    ['paypal', 'paypa1'],
    ['paypal', 'paypaI'],
    ['modern', 'modem'],
    ['google', 'g00gle'],
    ['scope', 'ѕсоре'],
    ['lily', '1i1y'],
    ['viva', 'νινα'],
    ['wave', 'vvave'],
    ['an_na', 'an.na'],
  ])('[HANDLE-2] %s and %s are one handle', (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test('[HANDLE-2] names that the eye keeps apart stay apart', () => {
    const names = [
      'anna',
      'hanna',
      'hannah',
      'bob',
      'rob',
      'carl',
      'earl',
      'maria',
      'mario',
      'anna2b',
      'анна',
      'ева',
      'eva',
      '山田太郎',
      '山田次郎',
    ];
    expect(new Set(names.map(keyOf)).size).toBe(names.length);
  });
});
