import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A file as bytes, unpacked on the way where its name ends in .gz; `-` is standard input. */
export function openBytes(file: string): Readable {
  if (file === '-') return process.stdin;
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  // The error reaches whoever reads; the callback only keeps it from being thrown as well.
  return pipeline(bytes, createGunzip(), () => {});
}

/** What came before the bytes broke off is still good. */
export async function* untilBroken(bytes: Readable, onBroken: (reason: string) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes as AsyncIterable<Uint8Array>;
  } catch (error) {
    onBroken(error instanceof Error ? error.message : String(error));
  }
}
