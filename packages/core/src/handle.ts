import { type Refusal, refuse } from './errors.ts';
import { limits } from './limits.ts';

/** `handle` is shown, `handleKey` compared: equal keys are one handle. */
export type Handle = { readonly handle: string; readonly handleKey: string };

/** Scripts that stand together in one word count as one. */
const scripts: ReadonlyArray<{ readonly name: string; readonly letter: RegExp }> = [
  { name: 'latin', letter: /\p{Script=Latin}/u },
  { name: 'greek', letter: /\p{Script=Greek}/u },
  { name: 'cyrillic', letter: /\p{Script=Cyrillic}/u },
  { name: 'han', letter: /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Bopomofo}|\u30fc/u },
  { name: 'hangul', letter: /\p{Script=Hangul}/u },
  { name: 'arabic', letter: /\p{Script=Arabic}/u },
  { name: 'hebrew', letter: /\p{Script=Hebrew}/u },
  { name: 'armenian', letter: /\p{Script=Armenian}/u },
  { name: 'georgian', letter: /\p{Script=Georgian}/u },
  { name: 'devanagari', letter: /\p{Script=Devanagari}/u },
  { name: 'bengali', letter: /\p{Script=Bengali}/u },
  { name: 'gurmukhi', letter: /\p{Script=Gurmukhi}/u },
  { name: 'gujarati', letter: /\p{Script=Gujarati}/u },
  { name: 'tamil', letter: /\p{Script=Tamil}/u },
  { name: 'telugu', letter: /\p{Script=Telugu}/u },
  { name: 'kannada', letter: /\p{Script=Kannada}/u },
  { name: 'malayalam', letter: /\p{Script=Malayalam}/u },
  { name: 'sinhala', letter: /\p{Script=Sinhala}/u },
  { name: 'thai', letter: /\p{Script=Thai}/u },
  { name: 'lao', letter: /\p{Script=Lao}/u },
  { name: 'khmer', letter: /\p{Script=Khmer}/u },
  { name: 'myanmar', letter: /\p{Script=Myanmar}/u },
  { name: 'tibetan', letter: /\p{Script=Tibetan}/u },
  { name: 'ethiopic', letter: /\p{Script=Ethiopic}/u },
];

/** After NFKC a mark that is left over in these scripts makes no letter of any language: it decorates, and fools. */
const scriptsWithoutMarks: ReadonlySet<string> = new Set(['latin', 'greek', 'cyrillic']);

/**
 * Small letters and digits that the eye takes for a Latin letter, each with the one it stands for in a key; `i`, `l` and `1` are one.
 * Handles are shown in small letters, so capitals need no line.
 */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'αаɑ',
    b: 'ьъƅ',
    c: 'сϲᴄ',
    d: 'ԁɗ',
    e: 'еєҽεҿ',
    f: 'ғƒ',
    g: 'ɡցᶃ',
    h: 'һհ',
    j: 'јϳȷ',
    k: 'кκқ',
    l: 'i1ıіιӏǀɩłӀ',
    m: 'мμ',
    n: 'ηпոռ',
    o: '0οоσօøɵө',
    p: 'рρ',
    q: 'ԛգզ',
    r: 'гᴦɾ',
    s: 'ѕꜱ5',
    t: 'тτŧ',
    u: 'υսᴜʋ',
    v: 'νѵᴠ',
    w: 'ωшԝɯᴡ',
    x: 'хχ×',
    y: 'уγүʏ',
    z: 'ᴢʐ2',
    _: '-.',
  }).flatMap(([key, others]) => [...others].map((other) => [other, key] as const)),
);

/** Two letters that run together into one. */
const joined: ReadonlyArray<readonly [pair: string, letter: string]> = [
  ['rn', 'm'],
  ['vv', 'w'],
];

const shape = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*$/u;
const endsWithSeparator = /[_.-]$/u;
const separatorsInARow = /[_.-]{2}/u;

/**
 * [HANDLE-1] A handle is letters and digits of one script, with single `_`, `.` or `-` between them; shown in small letters.
 * [HANDLE-2] Handles that differ only in case, marks or look-alikes have one key.
 */
export function decideHandle(text: string): Handle | Refusal<'malformed'> {
  const handle = foldCase(text.normalize('NFKC')).normalize('NFKC');
  const length = [...handle].length;
  if (length < limits.handleLengthMin || length > limits.handleLengthMax) {
    return unusable(`it has ${limits.handleLengthMin} to ${limits.handleLengthMax} characters`);
  }
  if (!shape.test(handle)) return unusable('it is made of letters and digits, with _ . - between them');
  if (endsWithSeparator.test(handle) || separatorsInARow.test(handle)) return unusable('_ . - stand singly, between letters or digits');
  const used = scriptsOf(handle);
  if (used === null) return unusable('it has a letter of a script that is not known here');
  if (used.size > 1) return unusable('its letters are of more than one script');
  if (/\p{M}/u.test(handle) && [...used].some((script) => scriptsWithoutMarks.has(script)))
    return unusable('it has a mark that belongs to no letter');
  return { handle, handleKey: handleKeyOf(handle) };
}

/** What is compared; total, so that it also serves to look for what someone typed. */
export function handleKeyOf(text: string): string {
  const plain = foldCase(text.normalize('NFKC'))
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/gu, '')
    .normalize('NFC');
  let key = '';
  for (const character of plain) key += lookAlikes.get(character) ?? character;
  for (const [pair, letter] of joined) key = key.replaceAll(pair, letter);
  return key;
}

/** Letter by letter, so that a sigma folds the same wherever it stands; there and back, so that ẞ and ß are ss. */
function foldCase(text: string): string {
  let folded = '';
  for (const character of text) folded += character.toLowerCase().toUpperCase().toLowerCase();
  return folded;
}

function scriptsOf(handle: string): ReadonlySet<string> | null {
  const used = new Set<string>();
  for (const character of handle) {
    if (!/[\p{L}\p{M}]/u.test(character)) continue;
    const script = scripts.find(({ letter }) => letter.test(character));
    if (script !== undefined) used.add(script.name);
    else if (!/\p{Script=Inherited}/u.test(character)) return null;
  }
  return used;
}

function unusable(reason: string): Refusal<'malformed'> {
  return refuse('malformed', { field: 'handle', reason });
}
