import arabic from './ar.json' with { type: 'json' };

const plain = 'acdeghiklnorstuwyz';
const accented = [...'áçðéĝĥíķļñóŕšţúŵýž'];

/** Longer by a third, as many a language is, and in brackets, so that what stands outside them was never translated. */
function lengthen(message: string): string {
  const words = message.split(/(\{\w+(?:, plural, (?:=?\w+ \{[^{}]*\} ?)+)?\}|<\/?\w+>)/u);
  const longer = words.map((piece, index) =>
    index % 2 === 0 ? accent(piece) : piece.replace(/ \{([^{}]*)\}/gu, (_, said: string) => ` {${accent(said)}}`),
  );
  const length = words.filter((_, index) => index % 2 === 0).join('').length;
  return `⟦${longer.join('')}${'·'.repeat(Math.ceil(length * 0.35))}⟧`;
}

const accent = (text: string): string => text.replace(/[a-z]/gu, (letter) => accented[plain.indexOf(letter)] ?? letter);

/** @lintignore only what is built for tests imports it */
// biome-ignore lint/style/noDefaultExport: it stands where a catalog does
export default Object.fromEntries(Object.keys(arabic).map((message) => [message, lengthen(message)]));
