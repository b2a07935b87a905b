/** One line of a file, counted from 1; `text` is null where it cannot be read, and then `reason` says why. */
export type NumberedLine = { readonly number: number } & ({ readonly text: string } | { readonly text: null; readonly reason: string });

const newline = 10;

/** Splits bytes into lines while they come. Holds one line at most; what is longer than the bound is told and passed over. */
export async function* linesOfBytes(source: AsyncIterable<Uint8Array>, lineSizeBytesMax: number): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  const finish = (): NumberedLine => {
    const line = heldBytes > lineSizeBytesMax ? tooLong(number, lineSizeBytesMax) : decode(decoder, number, pieces);
    number += 1;
    pieces = [];
    heldBytes = 0;
    return line;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      hold(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    hold(chunk.subarray(from));
  }
  if (heldBytes > 0) yield finish();

  function hold(piece: Uint8Array): void {
    heldBytes += piece.length;
    if (heldBytes > lineSizeBytesMax) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  }
}

function tooLong(number: number, lineSizeBytesMax: number): NumberedLine {
  return { number, text: null, reason: `it is longer than ${lineSizeBytesMax} bytes` };
}

function decode(decoder: TextDecoder, number: number, pieces: readonly Uint8Array[]): NumberedLine {
  try {
    const [only] = pieces;
    return { number, text: decoder.decode(pieces.length === 1 ? only : Buffer.concat(pieces)) };
  } catch {
    return { number, text: null, reason: 'it is not UTF-8' };
  }
}
