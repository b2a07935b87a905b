import { isValidElement, type ReactNode } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import { presentCount } from '../text/count.ts';
import { presentRefusal } from '../text/sentence.ts';
import { presentDay, presentMoment } from '../text/time.ts';
import arabic from './catalogs/ar.json' with { type: 'json' };
import japanese from './catalogs/ja.json' with { type: 'json' };
import { pickLanguage } from './languages.ts';
import { isolate, say, sayKnown, sayWith, speak } from './say.ts';

const english = () => speak(pickLanguage('en', []), {});
const inArabic = (locale = 'ar') => speak(pickLanguage('ar', [locale]), arabic);
const inJapanese = () => speak(pickLanguage('ja', []), japanese);
afterEach(english);

/** What a person reads of it: each element in square brackets. */
const read = (node: ReactNode): string => {
  if (Array.isArray(node)) return node.map(read).join('');
  if (!isValidElement<{ children?: ReactNode }>(node)) return String(node ?? '');
  return typeof node.type === 'string' ? `[${read(node.props.children)}]` : read(node.props.children);
};

test.each([
  [1, '1 person'],
  [2, '2 people'],
  [1_234, '1,234 people'],
])('%i in English: %s', (count, said) => {
  expect(say('{count, plural, one {# person} other {# people}}', { count })).toBe(said);
});

test.each([
  [0, 'لا أحد'],
  [1, 'شخص واحد'],
  [2, 'شخصان'],
  [3, '3 أشخاص'],
  [10, '10 أشخاص'],
  [11, '11 شخصًا'],
  [99, '99 شخصًا'],
  [100, '100 شخص'],
  [103, '103 أشخاص'],
])('Arabic has six plurals: %i', (count, said) => {
  inArabic();
  expect(say('{count, plural, one {# person} other {# people}}', { count })).toBe(said);
});

test('numbers are written as they are where the reader lives', () => {
  inArabic('ar-EG');
  expect(presentCount(1_203)).toBe('١٬٢٠٣');
  expect(say('{count, plural, other {# new}}', { count: 12 })).toContain('١٢');
});

test('dates are those of the language', () => {
  const at = new Date(2026, 2, 9, 14, 2).getTime();
  const now = new Date(2026, 10, 26).getTime();
  expect(presentDay(at, now)).toBe('Monday, March 9');
  expect(presentMoment(now, now)).toBe('at 12:00 AM');
  inJapanese();
  expect(presentDay(at, now)).toBe('3月9日月曜日');
  expect(presentMoment(now, now)).toBe('0:00');
  inArabic();
  expect(presentDay(at, now)).toBe('الاثنين، 9 مارس');
});

describe('[X-44] what somebody wrote', () => {
  test('has its own direction within a line, where it could have another', () => {
    expect(say('Write to {name}', { name: 'Mara' })).toBe('Write to Mara');
    expect(say('Write to {name}', { name: 'سارة' })).toBe('Write to \u2068سارة\u2069');
    inArabic();
    expect(say('Write to {name}', { name: 'Mara' })).toBe('الكتابة إلى \u2068Mara\u2069');
  });

  test('turns nothing around it', () => {
    expect(isolate('\u202eMara\u2069')).toBe('Mara');
  });

  test('is never read as a part of the message', () => {
    for (const name of ['{name}', '<link>here</link>', '\\u0041 \\x41', '#', '\ue0000\ue001'])
      expect(say('Write to {name}', { name })).toBe(`Write to ${name}`);
  });
});

test('elements stand where the language has them', () => {
  const parts = { first: <b>Ana</b>, second: <b>Mara</b> };
  expect(read(sayWith('{first} and {second} writing…', parts))).toBe('[Ana] and [Mara] writing…');
  const link = (words: string) => <a href="/people">{words}</a>;
  expect(read(sayWith('Or <link>find a person</link> who is here already.', { link }))).toBe('Or [find a person] who is here already.');
  inJapanese();
  expect(read(sayWith('Or <link>find a person</link> who is here already.', { link }))).toBe('または、すでにここにいる[人を探す]。');
});

test('a refusal is said in the language of the page, and one that it does not know as it came', () => {
  const refusal = { refused: 'too_busy', sentence: 'cannot take it now: the server is busy', details: {}, retryAfterMs: 3_000 } as const;
  expect(presentRefusal(refusal)).toBe('Cannot take it now: the server is busy. Try again in 3 seconds.');
  inArabic();
  expect(presentRefusal(refusal)).toBe('لا يمكن قبوله الآن: الخادم مشغول. أعد المحاولة بعد 3 ثوانٍ.');
  expect(sayKnown('cannot {do} it: {why}')).toBe('cannot {do} it: {why}');
});
