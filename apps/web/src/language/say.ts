import { type Messages, setupI18n } from '@lingui/core';
import { createElement, Fragment, type ReactNode } from 'react';
import type arabic from './catalogs/ar.json';
import { pickLanguage, type Spoken } from './languages.ts';
import { readMessage } from './source-message.ts';

/** Whatever the page says, by its English words; what stands in the catalogs is what can be said. */
export type Message = keyof typeof arabic;
type Values = Readonly<Record<string, string | number>>;
/** What stands in for a name in braces, or, as a function, what is made of the words between a pair of marks. */
type Parts = Readonly<Record<string, ReactNode | ((words: string) => ReactNode)>>;

const i18n = setupI18n({ locale: 'en', messages: { en: {} } });
i18n.setMessagesCompiler(readMessage);

let spoken: Spoken = pickLanguage('en', []);

/** The language that the page speaks now. */
export const spokenLanguage = (): Spoken => spoken;

export function speak(language: Spoken, messages: Messages): void {
  spoken = language;
  i18n.loadAndActivate({ locale: language.tag, locales: language.locale, messages });
}

/** Values stand outside the message until it is whole: nothing in them is read as a part of it. */
const placed = /\ue000(\d+)\ue001/u;
const place = (index: number): string => `\ue000${index}\ue001`;

export function say(message: Message, values: Values = {}): string {
  const texts: string[] = [];
  const outside = Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? value : place(texts.push(value) - 1)]);
  return i18n
    ._(message, Object.fromEntries(outside))
    .split(placed)
    .map((piece, index) => (index % 2 === 0 ? piece : isolate(texts[Number(piece)] ?? '')))
    .join('');
}

/** Words with elements among them: `{name}` for one that stands there, `<link>words</link>` for one around words. */
export function sayWith(message: Message, parts: Parts): ReactNode {
  const elements: ReactNode[] = [];
  const outside = Object.entries(parts).flatMap(([name, part]) =>
    typeof part === 'function' ? [] : [[name, typeof part === 'number' ? part : place(elements.push(part) - 1)]],
  );
  return i18n
    ._(message, Object.fromEntries(outside))
    .replace(/<(\w+)>(.*?)<\/\1>/gu, (whole, name: string, words: string) => {
      const make = parts[name];
      return typeof make === 'function' ? place(elements.push(make(words)) - 1) : whole;
    })
    .split(placed)
    .map((piece, index) => createElement(Fragment, { key: index }, index % 2 === 0 ? piece : elements[Number(piece)]));
}

/** Words that came from elsewhere, in the language of the page where they are known. */
export function sayKnown(words: string): string {
  return Object.hasOwn(i18n.messages, words) ? i18n._(words) : words;
}

const controls = /[\u202a-\u202e\u2066-\u2069]/gu;
const rightToLeft = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Somebody's words within a line of text: their direction is their own, and changes nothing around them. */
export function isolate(text: string): string {
  const own = text.replace(controls, '');
  return spoken.dir === 'rtl' || rightToLeft.test(own) ? `\u2068${own}\u2069` : own;
}
