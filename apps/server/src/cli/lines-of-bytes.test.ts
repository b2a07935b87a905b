import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOfBytes, type NumberedLine } from './lines-of-bytes.ts';

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function linesOf(chunks: readonly Uint8Array[], lineSizeBytesMax = 1_000): Promise<NumberedLine[]> {
  const lines: NumberedLine[] = [];
  for await (const line of linesOfBytes(chunksOf(chunks), lineSizeBytesMax)) lines.push(line);
  return lines;
}

test('lines come whole and numbered, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat({ max: 200 })), async (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' '));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((one, other) => one - other);
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
      expect(await linesOf(chunks, 100_000)).toEqual(lines.map((text, index) => ({ number: index + 1, text })));
    }),
  );
});

test('a last line without an end counts', async () => {
  expect(await linesOf([Buffer.from('one\ntwo')])).toEqual([
    { number: 1, text: 'one' },
    { number: 2, text: 'two' },
  ]);
});

test('a line over the bound is told and passed over, and the next is read', async () => {
  const lines = await linesOf([Buffer.from('a'.repeat(30)), Buffer.from(`${'a'.repeat(30)}\nnext\n`)], 50);
  expect(lines).toEqual([
    { number: 1, text: null, reason: 'it is longer than 50 bytes' },
    { number: 2, text: 'next' },
  ]);
});

test('what is not UTF-8 is told', async () => {
  const [broken, next] = await linesOf([Buffer.from([0xc3, 0x28, 10]), Buffer.from('fine\n')]);
  expect(broken).toEqual({ number: 1, text: null, reason: 'it is not UTF-8' });
  expect(next).toEqual({ number: 2, text: 'fine' });
});
