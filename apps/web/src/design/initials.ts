const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const wordStart = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** At most two characters to know a name by: of its first and last word, or the first two of its only one. */
export function initials(name: string): string {
  const words = name
    .split(/[\s._-]+/u)
    .map((word) => [...graphemes.segment(word)].map(({ segment }) => segment).filter((segment) => wordStart.test(segment)))
    .filter((word) => word.length > 0);
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.at(-1);
  if (words.length === 1 || last === undefined) return (first[0] ?? '').toLocaleUpperCase() + (first[1] ?? '');
  return ((first[0] ?? '') + (last[0] ?? '')).toLocaleUpperCase();
}
