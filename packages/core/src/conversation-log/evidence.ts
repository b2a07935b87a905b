import type { Digest16 } from '../environment.ts';
import type { ConversationId, PersonId, WallMs } from '../ids.ts';
import { chainOf, digestOf, directConversationId } from './chain.ts';
import type { AddBody, ConversationType, CreateBody, Entry, Position, RemoveBody } from './entry.ts';
import { genesis } from './entry.ts';

/**
 * [EVID-1] A conversation as one of its members may prove it, line by line: `evidence`, then for each of their stays a `stretch` and its entries,
 * then `end`. A `person` stands before the first entry that names them.
 */
export type EvidenceLine = EvidenceOpening | EvidencePerson | EvidenceStretch | EvidenceEntry | EvidenceEnd;

export type EvidenceOpening = {
  readonly line: 'evidence';
  readonly version: 1;
  readonly conversation: ConversationId;
  readonly type: ConversationType;
  readonly exportedBy: PersonId;
  readonly exportedAt: WallMs;
  /** The version of the program that wrote it. */
  readonly server: string;
  /** How many entries follow. */
  readonly count: number;
};
/** What they are called, to read by; hashed nowhere. */
export type EvidencePerson = { readonly line: 'person'; readonly id: PersonId; readonly handle: string; readonly displayName: string };
/** One unbroken run of entries follows, from `previous` on. */
export type EvidenceStretch = { readonly line: 'stretch'; readonly previous: Position };
export type EvidenceEntry = { readonly line: 'entry' } & Omit<Entry, 'ord' | 'mine' | 'memberSeq'>;
/** Without it, a file is cut short. */
export type EvidenceEnd = { readonly line: 'end'; readonly head: Position; readonly count: number };

/** The first thing wrong. `seq`: at which entry. */
export type EvidenceFault = { readonly seq: number; readonly what: string };

/** An entry that is not where it should be; what comes later tells whether it was moved or left out. */
type Missing = { readonly seq: number; readonly foundSeq: number };

/** Reads the lines of one file in their order, and holds the first thing that is wrong with them. Keeps one position, however long the file is. */
export class EvidenceCheck {
  readonly #digest16: Digest16;
  #opening: EvidenceOpening | null = null;
  #last: Position = genesis;
  #lastEntry: EvidenceEntry | null = null;
  /** A stretch has begun, and none of its entries has come. */
  #begins = false;
  #missing: Missing | null = null;
  #fault: EvidenceFault | null = null;
  #isEnded = false;
  readonly stretches: { fromSeq: number; untilSeq: number }[] = [];
  entryCount = 0;
  bodyCount = 0;

  constructor(digest16: Digest16) {
    this.#digest16 = digest16;
  }

  get fault(): EvidenceFault | null {
    return this.#fault;
  }

  get opening(): EvidenceOpening | null {
    return this.#opening;
  }

  /** The furthest place whose chain is known: that of the last entry, or the one before a stretch. */
  get position(): Position {
    return this.#last;
  }

  take(line: EvidenceLine): void {
    if (this.#fault) return;
    if (this.#missing) return this.#lookFor(this.#missing, line);
    if (this.#isEnded) return this.#fail(this.#last.seq, 'something stands after the last line of the file');
    if (!this.#opening) {
      if (line.line !== 'evidence') return this.#fail(1, 'the first line of the file is left out');
      this.#opening = line;
      return;
    }
    switch (line.line) {
      case 'evidence':
        return this.#fail(this.#nextSeq, 'a second first line stands in the file');
      case 'person':
        return;
      case 'stretch':
        return this.#takeStretch(line, this.#opening);
      case 'entry':
        return this.#takeEntry(line, this.#opening);
      case 'end':
        return this.#takeEnd(line, this.#opening);
    }
  }

  /** A line that is none of evidence. */
  takeUnreadable(reason: string): void {
    if (this.#fault || this.#missing) return;
    if (this.#isEnded) return this.#fail(this.#last.seq, 'something stands after the last line of the file');
    this.#fail(this.#nextSeq, `what stands in its place was altered: ${reason}`);
  }

  /** The file is over. */
  finish(): void {
    if (this.#fault || this.#isEnded) return;
    const { seq } = this.#last;
    if (this.#missing)
      this.#fail(this.#missing.seq, `it is left out: after entry ${seq} comes one that says it is entry ${this.#missing.foundSeq}`);
    else
      this.#fail(
        this.#nextSeq,
        this.entryCount === 0 ? 'the file is cut short before it' : `the file is cut short: it ends after entry ${seq}`,
      );
  }

  get #nextSeq(): number {
    return this.#last.seq + 1;
  }

  #fail(seq: number, what: string): void {
    this.#fault = { seq, what };
  }

  #lookFor({ seq }: Missing, line: EvidenceLine): void {
    if (line.line === 'entry' && line.seq === seq) this.#fail(seq, `it was moved: it stands behind one that comes after it in the log`);
  }

  #takeStretch({ previous }: EvidenceStretch, { exportedBy }: EvidenceOpening): void {
    const before = this.#lastEntry;
    if (this.#begins) return this.#fail(this.#nextSeq, 'it is left out: its stretch has no entries');
    if (previous.seq < this.#last.seq)
      return this.#fail(this.#nextSeq, `a stretch that begins after entry ${previous.seq} was moved into its place`);
    if (before && personOf(before, 'remove') !== exportedBy && before.body !== null)
      return this.#fail(this.#nextSeq, `it is left out, up to entry ${previous.seq}: whoever exported had not left before it`);
    if (previous.seq === this.#last.seq && previous.chain !== this.#last.chain)
      return this.#fail(
        this.#nextSeq,
        `the stretch that begins with it does not follow from ${before ? `entry ${previous.seq}` : 'the beginning'}`,
      );
    this.#last = previous;
    this.#begins = true;
  }

  #takeEntry(entry: EvidenceEntry, opening: EvidenceOpening): void {
    const seq = this.#nextSeq;
    if (!this.#begins && this.#lastEntry === null) return this.#fail(seq, 'the stretch before it is left out');
    if (entry.seq > seq) {
      this.#missing = { seq, foundSeq: entry.seq };
      return;
    }
    if (entry.seq < seq) return this.#fail(seq, `what stands in its place says it is entry ${entry.seq}`);
    const what = this.#faultOf(entry) ?? (this.#begins ? this.#faultOfBeginning(entry, opening) : null);
    if (what !== null) return this.#fail(seq, what);
    if (this.#begins) this.stretches.push({ fromSeq: seq, untilSeq: seq });
    const stretch = this.stretches.at(-1);
    if (stretch) stretch.untilSeq = seq + 1;
    this.#begins = false;
    this.#lastEntry = entry;
    this.#last = { seq: entry.seq, chain: entry.chain };
    this.entryCount += 1;
    if (entry.body !== null) this.bodyCount += 1;
  }

  #faultOf(entry: EvidenceEntry): string | null {
    const { body, salt, digest, chain } = entry;
    if ((body === null) !== (salt === null)) return 'it was altered: of its body and its salt one is there without the other';
    // What is no text as UTF-8 is hashed like another text.
    if (body?.isWellFormed() === false) return 'it was altered: its body is no text';
    if (body !== null && salt !== null && digestOf(this.#digest16, salt, body) !== digest)
      return 'it was altered: its body, its salt and its digest do not belong together';
    if (chainOf(this.#digest16, this.#last.chain, entry) === chain) return null;
    const before = this.#begins ? 'what the stretch begins from' : `entry ${this.#last.seq} together with its chain`;
    return `it was altered (its kind, author, device, n, target, digest or chain), or ${before} was: it does not follow from that`;
  }

  /** A stay begins with what brings its person in, so nothing can be left out before it. */
  #faultOfBeginning(entry: EvidenceEntry, { exportedBy, conversation, type }: EvidenceOpening): string | null {
    const leftOut = 'what stood before it is left out, or another person is named in the first line: it does not bring in whoever exported';
    if (entry.kind === 'add') return entry.body === null || personOf(entry, 'add') === exportedBy ? null : leftOut;
    if (entry.kind !== 'create' || entry.seq !== 1) return leftOut;
    const created = read<CreateBody>(entry);
    if (created === null) return null;
    if (!created.members.some(({ person }) => person === exportedBy)) return leftOut;
    if (created.type !== type) return `the first line calls it a ${type} conversation; it is a ${created.type} one`;
    const [one, other = one] = created.members;
    const isOther = type === 'direct' && one && other && directConversationId(this.#digest16, one.person, other.person) !== conversation;
    return isOther ? 'the first line names another conversation than that of these two people' : null;
  }

  #takeEnd({ head, count }: EvidenceEnd, { count: announced }: EvidenceOpening): void {
    const { seq, chain } = this.#last;
    if (this.#begins) return this.#fail(this.#nextSeq, 'it is left out: its stretch has no entries');
    if (head.seq > seq) return this.#fail(this.#nextSeq, `it is left out: the last line says that the file ends with entry ${head.seq}`);
    if (head.seq < seq || head.chain !== chain) return this.#fail(seq, 'the last line names another head than this entry');
    if (count !== this.entryCount || announced !== this.entryCount)
      return this.#fail(seq, `the first line announces ${announced} entries, the last says ${count}, and there are ${this.entryCount}`);
    this.#isEnded = true;
  }
}

function personOf(entry: EvidenceEntry, kind: 'add' | 'remove'): PersonId | null {
  return entry.kind === kind ? (read<AddBody | RemoveBody>(entry)?.person ?? null) : null;
}

/** Its digest is right: so this is what the server took as this body. */
function read<Body>({ body }: EvidenceEntry): Body | null {
  return body === null ? null : (JSON.parse(body) as Body);
}

/** The people whom an entry names, its author among them. */
export function peopleNamedIn({ kind, author, body }: Pick<Entry, 'kind' | 'author' | 'body'>): readonly PersonId[] {
  if (body === null || kind === 'message' || kind === 'notice') return [author];
  const named = JSON.parse(body) as CreateBody | AddBody | RemoveBody;
  return 'members' in named ? [author, ...named.members.map(({ person }) => person)] : [author, named.person];
}

/** A range of seqs as it is said: `1 to 9`. */
export function presentStretch({ fromSeq, untilSeq }: { readonly fromSeq: number; readonly untilSeq: number }): string {
  return untilSeq - fromSeq === 1 ? `${fromSeq}` : `${fromSeq} to ${untilSeq - 1}`;
}
