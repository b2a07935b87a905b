import { type Entry, genesis, type Position } from '@parlour/core/conversation-log/entry';
import { type EvidenceEntry, type EvidenceLine, peopleNamedIn } from '@parlour/core/conversation-log/evidence';
import { type SeqRange, visibleRanges } from '@parlour/core/conversation-log/visibility';
import type { Environment } from '@parlour/core/environment';
import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { ConversationForReader } from './open-conversation.ts';

/** Few enough that to read the longest messages there may be holds nobody up. */
const entriesPerPage = 16;
/** UTF-16 code units of bodies that are handed on at once: to write them as JSON takes long where much must be escaped. */
const bodiesPerPieceMax = 32_768;
const peoplePerPage = 100;

export type EvidenceTools = {
  readonly store: LogStore;
  readonly directory: Directory;
  readonly environment: Pick<Environment, 'now' | 'endOfTurn'>;
  /** Of the program. */
  readonly version: string;
};

/**
 * [EVID-1] [VIS-1] What the reader may see of a log when this begins, with what proves it, a piece at a time; others get their turn between two.
 * @throws StorageFailure
 */
export async function* exportEvidence(conversation: ConversationForReader, tools: EvidenceTools): AsyncGenerator<readonly EvidenceLine[]> {
  const { id, reader, state } = conversation;
  const ranges = visibleRanges(state, reader, { fromSeq: 1 as Seq, untilSeq: (state.head.seq + 1) as Seq });
  const count = ranges.reduce((sum, { fromSeq, untilSeq }) => sum + untilSeq - fromSeq, 0);
  const { environment, version } = tools;
  yield [
    {
      line: 'evidence',
      version: 1,
      conversation: id,
      type: state.type ?? 'group',
      exportedBy: reader,
      exportedAt: environment.now(),
      server: version,
      count,
    },
  ];
  const named = new Set<PersonId>();
  let head = genesis;
  for (const range of ranges) {
    if (range.fromSeq !== head.seq + 1) head = await loadPosition(id, (range.fromSeq - 1) as Seq, tools);
    yield [{ line: 'stretch', previous: head }];
    for (let fromSeq = range.fromSeq; fromSeq < range.untilSeq; fromSeq = (fromSeq + entriesPerPage) as Seq) {
      const untilSeq = Math.min(fromSeq + entriesPerPage, range.untilSeq) as Seq;
      const entries = await loadEntries(id, { fromSeq, untilSeq }, tools);
      yield* nameNewPeople(entries, named, tools);
      for (const piece of piecesOf(entries)) {
        yield piece;
        await new Promise<void>((resolve) => environment.endOfTurn(resolve));
      }
      const last = entries.at(-1);
      if (last) head = { seq: last.seq, chain: last.chain };
    }
  }
  yield [{ line: 'end', head, count }];
}

async function loadPosition(conversation: ConversationId, seq: Seq, { store }: EvidenceTools): Promise<Position> {
  const [mark] = await store.loadMarks(conversation, { fromSeq: seq, untilSeq: (seq + 1) as Seq });
  if (!mark) throw new TypeError(`a log without its entry ${seq}`);
  return { seq, chain: mark.chain };
}

async function loadEntries(conversation: ConversationId, range: SeqRange, { store }: EvidenceTools): Promise<EvidenceEntry[]> {
  const [entries, marks] = await Promise.all([store.loadRange(conversation, range), store.loadMarks(conversation, range)]);
  return entries.map(({ seq, kind, author, device, n, target, ts, chain, body }, index) => {
    const mark = marks[index];
    if (mark?.seq !== seq) throw new TypeError(`a log without its entry ${seq}`);
    // Erased between the two questions, it is erased.
    const content: Pick<Entry, 'body' | 'salt'> =
      body === null || mark.salt === null ? { body: null, salt: null } : { body, salt: mark.salt };
    return { line: 'entry', seq, kind, author, device, n, target, ts, ...content, digest: mark.digest, chain };
  });
}

/** At least one entry each. */
function piecesOf(entries: readonly EvidenceEntry[]): EvidenceEntry[][] {
  const pieces: EvidenceEntry[][] = [];
  let weight = 0;
  for (const entry of entries) {
    const length = entry.body?.length ?? 0;
    const piece = pieces.at(-1);
    if (piece && weight + length <= bodiesPerPieceMax) {
      piece.push(entry);
      weight += length;
    } else {
      pieces.push([entry]);
      weight = length;
    }
  }
  return pieces;
}

async function* nameNewPeople(
  entries: readonly EvidenceEntry[],
  named: Set<PersonId>,
  { directory }: EvidenceTools,
): AsyncGenerator<readonly EvidenceLine[]> {
  const fresh = [...new Set(entries.flatMap(peopleNamedIn))].filter((person) => !named.has(person));
  for (let index = 0; index < fresh.length; index += peoplePerPage) {
    const people = await directory.loadPeople(fresh.slice(index, index + peoplePerPage));
    yield people.map(({ id, handle, displayName }) => ({ line: 'person', id, handle, displayName }));
  }
  for (const person of fresh) named.add(person);
}
