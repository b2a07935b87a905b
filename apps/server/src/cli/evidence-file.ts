import type { Position } from '@parlour/core/conversation-log/entry';
import { EvidenceCheck, type EvidenceLine, type EvidencePerson } from '@parlour/core/conversation-log/evidence';
import { evidenceLine } from '@parlour/protocol/http/evidence-line';
import { digest16 } from '../node-environment.ts';
import { linesOfBytes, type NumberedLine } from './lines-of-bytes.ts';
import { openBytes, untilBroken } from './opened-bytes.ts';

/** The creation of a group with as many members as it may have takes less than a MiB. */
const lineSizeBytesMax = 4_194_304;
const linesPerProgress = 50_000;

/** One file of evidence, read once from its beginning and checked on the way. */
export class EvidenceFile {
  readonly name: string;
  readonly check = new EvidenceCheck(digest16);
  /** Why the bytes themselves broke off: there is no such file, say. */
  broken: string | null = null;
  exporter: EvidencePerson | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** Each place whose chain the file tells, while it is read; ends with the file, or at the first thing wrong with it. */
  async *positions(): AsyncGenerator<Position> {
    const bytes = untilBroken(openBytes(this.name), (reason) => {
      this.broken = reason;
    });
    for await (const line of linesOfBytes(bytes, lineSizeBytesMax)) {
      if (line.number % linesPerProgress === 0 && process.stderr.isTTY) process.stderr.write(`\rread ${line.number} lines`);
      const read = readLine(line);
      if (typeof read === 'string') this.check.takeUnreadable(read);
      else this.check.take(read);
      if (this.check.fault) return;
      if (typeof read === 'string') continue;
      if (read.line === 'person' && read.id === this.check.opening?.exportedBy) this.exporter = read;
      if (read.line === 'entry' || read.line === 'stretch') yield this.check.position;
    }
    this.check.finish();
  }
}

/** @returns why it is no line of evidence, where it is none */
function readLine(line: NumberedLine): EvidenceLine | string {
  const where = `line ${line.number}`;
  if (line.text === null) return `${where} cannot be read: ${line.reason}`;
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch {
    return `${where} is no JSON`;
  }
  const parsed = evidenceLine.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.');
  return field ? `in ${where}, \`${field}\` is none that there can be` : `${where} is none of the format`;
}
