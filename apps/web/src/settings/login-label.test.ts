import { afterEach, expect, test } from 'vitest';
import arabic from '../language/catalogs/ar.json' with { type: 'json' };
import japanese from '../language/catalogs/ja.json' with { type: 'json' };
import { pickLanguage } from '../language/languages.ts';
import { speak } from '../language/say.ts';
import { presentLoginLabel } from './login-label.ts';

afterEach(() => speak(pickLanguage('en', []), {}));

const bare = (text: string) => text.replace(/[\u2066-\u2069]/gu, '');

test.each([
  ['en', {}, 'Chrome on Linux', 'Unknown program', 'A device without a name'],
  ['ar', arabic, 'Chrome على Linux', 'برنامج غير معروف', 'جهاز بلا اسم'],
  ['ja', japanese, 'LinuxのChrome', '不明なプログラム', '名前のない端末'],
])('in %s, what the server made of a login is said in the language of the page', (tag, messages, browser, unknown, nameless) => {
  speak(pickLanguage(tag, []), messages);
  expect(['Chrome on Linux', 'Unknown program', ''].map((label) => bare(presentLoginLabel(label)))).toEqual([browser, unknown, nameless]);
});

test.each(['Firefox', 'Weekly report', 'Safari on the beach', 'my Chrome on Linux', 'curl/8.4 on Linux'])(
  'what a login calls itself is left as it is: %s',
  (label) => {
    speak(pickLanguage('ja', []), japanese);
    expect(presentLoginLabel(label)).toBe(label);
  },
);
