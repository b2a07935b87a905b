import { evidenceEnd, evidenceOpening } from '@parlour/protocol/http/evidence';
import type { Evidence, EvidenceProgress } from './client.ts';
import { type OrRefusal, refuseHere } from './refusal.ts';

type Chunk = Uint8Array<ArrayBuffer>;

const newline = 10;
/** So much is held as bytes before it is handed over to the platform, which may keep it elsewhere. */
const heldBytesMax = 4_194_304;
/** The last line is shorter, and the first one too. */
const lineSizeBytesMax = 1_024;

/** [SDK-77] Takes a file of evidence as it comes. Whole, or not at all: it is whole where its last line is there and counts as many as the first. */
export async function readEvidence(
  chunks: AsyncIterable<Chunk>,
  onProgress: (progress: EvidenceProgress) => void,
): Promise<OrRefusal<Evidence>> {
  const file = new GrowingFile();
  let ofCount: number | null = null;
  try {
    for await (const chunk of chunks) {
      file.add(chunk);
      ofCount ??= parse(evidenceOpening, file.firstLine())?.count ?? null;
      // Some lines are no entries, a few of very many.
      if (ofCount !== null) onProgress({ entryCount: Math.min(file.lineCount, ofCount), ofCount });
    }
  } catch {
    return refuseHere('download_broken');
  }
  const end = parse(evidenceEnd, file.lastLine());
  if (end === null || end.count !== ofCount) return refuseHere('download_broken');
  return { file: file.whole(), entryCount: end.count, head: end.head };
}

class GrowingFile {
  #kept: Blob[] = [];
  #held: Chunk[] = [];
  #heldBytes = 0;
  #first = '';
  #last = '';
  lineCount = 0;

  add(chunk: Chunk): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) this.lineCount += 1;
    if (this.#first.length < lineSizeBytesMax) this.#first += textOf(chunk.subarray(0, lineSizeBytesMax));
    this.#last = (this.#last + textOf(chunk.subarray(-lineSizeBytesMax))).slice(-lineSizeBytesMax);
    if (this.#heldBytes >= heldBytesMax) this.#handOver();
  }

  firstLine(): string {
    return this.#first.slice(0, Math.max(0, this.#first.indexOf('\n')));
  }

  lastLine(): string {
    return this.#last.endsWith('\n') ? (this.#last.trimEnd().split('\n').at(-1) ?? '') : '';
  }

  whole(): Blob {
    this.#handOver();
    return new Blob(this.#kept, { type: 'application/x-ndjson' });
  }

  #handOver(): void {
    this.#kept.push(new Blob(this.#held));
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** The lines that are read here have only letters of one byte. */
const textOf = (bytes: Chunk): string => String.fromCharCode(...bytes);

function parse<Line>(schema: { safeParse(value: unknown): { success: true; data: Line } | { success: false } }, text: string): Line | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
