import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { languages, pickLanguage } from './languages.ts';

const cases: [chosen: string | undefined, preferred: string[], tag: string, locale: string][] = [
  ['system', [], 'en', 'en'],
  ['system', ['de-DE', 'de'], 'en', 'en'],
  ['system', ['de-DE', 'ja-JP', 'ar'], 'ja', 'ja-JP'],
  ['system', ['AR-eg', 'en'], 'ar', 'AR-eg'],
  ['system', ['en-GB', 'ar'], 'en', 'en-GB'],
  ['ja', ['en-GB', 'ar'], 'ja', 'ja'],
  ['ar', ['en-GB', 'ar-MA'], 'ar', 'ar-MA'],
  ['tlh', ['ja'], 'ja', 'ja'],
  ['constructor', ['en'], 'en', 'en'],
  [undefined, ['arc', 'jam'], 'en', 'en'],
];

test.each(cases)('chosen %s, asked for %j: %s, as in %s', (chosen = 'system', preferred, tag, locale) => {
  expect(pickLanguage(chosen, preferred)).toMatchObject({ tag, locale });
});

const beforeFirstPaint = readFileSync(join(import.meta.dirname, '../../public/device-choices.js'), 'utf8');

/** What stands on the page's root once the script before the first paint has run. */
function firstShown(language: string | undefined, preferred: readonly string[]): { lang?: string; dir?: string } {
  const documentElement: { dataset: object; lang?: string; dir?: string } = { dataset: {} };
  const context = {
    document: { documentElement, querySelectorAll: () => [] },
    window: { addEventListener: () => {} },
    localStorage: { getItem: () => JSON.stringify({ language }) },
    navigator: { languages: preferred },
  };
  runInContext(beforeFirstPaint, createContext(context));
  return documentElement;
}

test.each(cases)('before the first paint too: chosen %s, asked for %j: %s', (chosen, preferred, tag) => {
  const { dir } = pickLanguage(tag, []);
  expect(firstShown(chosen, preferred)).toMatchObject({ lang: tag, dir });
});

test.each(languages)('$name can be chosen, and is known before the first paint', ({ tag, dir }) => {
  expect(firstShown(tag, [])).toMatchObject({ lang: tag, dir });
  expect(pickLanguage(tag, []).tag).toBe(tag);
});

test('what nobody knows is not said before the first paint', () => {
  expect(firstShown('tlh', ['xx'])).toMatchObject({ lang: 'en', dir: 'ltr' });
});
