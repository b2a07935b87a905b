/** What one looks for by typing a little of it. `texts`: what it goes by, the most usual first. */
export type Candidate = { readonly texts: readonly string[] };

const marks = /\p{M}+/gu;
const wordStart = /(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu;

/** Without case, accents and forms of letters, as these are rarely typed. */
function foldForSearch(text: string): string {
  return text.normalize('NFKD').replace(marks, '').toLowerCase();
}

/**
 * Those that fit what was typed, the best first; of equals, the one that came first. With nothing typed, all of them as they came.
 * @param limit at most so many
 */
export function rank<Item extends Candidate>(items: readonly Item[], typed: string, limit: number): Item[] {
  const words = foldForSearch(typed)
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) return items.slice(0, limit);
  const fitting = items.flatMap((item) => {
    const score = Math.max(...item.texts.map((text) => scoreOf(foldForSearch(text), words)));
    return score > 0 ? [{ item, score }] : [];
  });
  return fitting
    .sort((one, other) => other.score - one.score)
    .slice(0, limit)
    .map(({ item }) => item);
}

/** All words must fit; the worst of them says how well. */
function scoreOf(text: string, words: readonly string[]): number {
  return Math.min(...words.map((word) => scoreOfWord(text, word)));
}

/** 4: the text begins so; 3: a word of it does; 2: it stands somewhere in it; 1: initials; less: its letters come in this order; 0: they do not. */
function scoreOfWord(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 4;
  const starts = [...text.matchAll(wordStart)].map((match) => match.index);
  if (starts.some((start) => text.startsWith(word, start))) return 3;
  if (at > 0) return 2;
  if (
    starts
      .map((start) => text.charAt(start))
      .join('')
      .startsWith(word)
  )
    return 1;
  return isWithin(text, word) ? 0.5 : 0;
}

function isWithin(text: string, word: string): boolean {
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at === -1) return false;
    from = at + letter.length;
  }
  return true;
}
