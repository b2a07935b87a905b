type Token = string | [name: string, type?: string, cases?: unknown];

const pieces = /\{(\w+)(?:, plural, ((?:[=\w]+ \{[^{}]*\} ?)+))?\}/u;
const cases = /(=?\w+) \{([^{}]*)\}/gu;

/**
 * A message as Lingui's own compiler would read it. English stands in the program as it is written, so it is read when it is said; of all that
 * ICU knows, names and plurals are what it uses.
 */
export function readMessage(message: string): Token[] {
  return message
    .split(pieces)
    .map((piece, index, all): Token => {
      if (index % 3 === 0) return piece;
      if (index % 3 === 2) return '';
      const plural = all[index + 1];
      return plural === undefined ? [piece] : [piece, 'plural', readCases(plural)];
    })
    .filter((token) => token !== '');
}

function readCases(text: string): Record<string, Token[]> {
  return Object.fromEntries([...text.matchAll(cases)].map(([, name = '', said = '']) => [name.replace('=', ''), readCase(said)]));
}

function readCase(text: string): Token[] {
  return text.split(/(#)/u).filter((piece) => piece !== '');
}
