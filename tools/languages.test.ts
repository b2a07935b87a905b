import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { clientErrors } from '@parlour/sdk/refusal';
import { translations } from '@zxcvbn-ts/language-en';
import { describe, expect, test } from 'vitest';
import { root } from './root.ts';
import { isTest, sourceFiles } from './source-files.ts';

type Token = string | readonly [name: string, type?: string, cases?: Record<string, unknown>];

const catalogs = sourceFiles('apps/web/src/language/catalogs/*.json').map(({ path, text }) => ({
  tag: path.slice(path.lastIndexOf('/') + 1, -'.json'.length),
  messages: JSON.parse(text) as Record<string, string>,
}));
const english = Object.keys(catalogs[0]?.messages ?? {});
const sources = sourceFiles('{apps,packages}/*/src/**/*.{ts,tsx}')
  .filter(({ path }) => !isTest(path) && !path.includes('/language/catalogs/'))
  .map(({ text }) => text)
  .join('\n');
const emoji = JSON.parse(readFileSync(join(root, 'node_modules/emojibase-data/en/messages.json'), 'utf8')) as {
  groups: { message: string }[];
  skinTones: { message: string }[];
};

/** The names in braces and the marks around words that a message is made with. */
function partsOf(message: string): string[] {
  const tokens = compileMessageOrThrow(message) as Token[];
  const names = tokens.flatMap((token) => (typeof token === 'string' ? [] : [`{${token[0]}}${token[1] ?? ''}`]));
  return [...new Set([...names, ...(message.match(/<\/?\w+>/g) ?? [])])].sort();
}

function pluralsOf(message: string): string[][] {
  const tokens = compileMessageOrThrow(message) as Token[];
  return tokens.flatMap((token) => (typeof token === 'string' || token[1] !== 'plural' ? [] : [casesOf(token[2] ?? {})]));
}

const casesOf = (cases: Record<string, unknown>) => Object.keys(cases).filter((name) => name !== 'offset');

test('there are catalogs to look at', () => {
  expect(catalogs.map(({ tag }) => tag)).toEqual(['ar', 'ja']);
  expect(english.length).toBeGreaterThan(200);
});

describe.each(catalogs)('$tag', ({ tag, messages }) => {
  test('has every message, and none that is empty', () => {
    expect(Object.keys(messages).sort()).toEqual([...english].sort());
    expect(Object.entries(messages).filter(([, said]) => said.trim() === '')).toEqual([]);
  });

  test('has in each message what the English has', () => {
    const others = Object.entries(messages).filter(([source, said]) => `${partsOf(source)}` !== `${partsOf(said)}`);
    expect(others).toEqual([]);
  });

  test('has every plural that its language has', () => {
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    const lacking = Object.entries(messages).filter(([, said]) =>
      pluralsOf(said).some((cases) => !categories.every((category) => cases.includes(category))),
    );
    expect(lacking).toEqual([]);
  });
});

const { pwned: _warning, ...warnings } = translations.warnings;
const { pwned: _suggestion, ...suggestions } = translations.suggestions;
/** Why the server takes a password or a handle of no kind, in the words it has from elsewhere or makes of its limits. */
const reasons = [
  ...Object.values(warnings),
  ...Object.values(suggestions),
  `It has fewer than ${limits.passwordLengthMin} characters.`,
  `it has ${limits.handleLengthMin} to ${limits.handleLengthMax} characters`,
];

test('whatever a refusal says is in the catalogs', () => {
  const sentences = [...Object.values(errors).map(({ sentence }) => sentence), ...Object.values(clientErrors)];
  expect(sentences.length).toBeGreaterThan(40);
  expect([...sentences, ...reasons].filter((sentence) => !english.includes(sentence))).toEqual([]);
});

test('whatever the page says is in the catalogs, and nothing else is', () => {
  const said = sourceFiles('apps/web/src/**/*.{ts,tsx}').flatMap(({ text }) =>
    [...text.matchAll(/\bsay(?:With)?\(\s*'((?:[^'\\]|\\.)+)'/g)].map(([, message]) => message),
  );
  expect(said.length).toBeGreaterThan(150);
  expect(said.filter((message) => !english.includes(message ?? ''))).toEqual([]);
  const namedElsewhere = [...emoji.groups, ...emoji.skinTones].map(({ message }) => message.charAt(0).toUpperCase() + message.slice(1));
  const others = [...reasons, ...namedElsewhere];
  const isSaid = (message: string) => ["'", '"', '`'].some((quote) => sources.includes(`${quote}${message}${quote}`));
  expect(english.filter((message) => !isSaid(message) && !others.includes(message))).toEqual([]);
});
