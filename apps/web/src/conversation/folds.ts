import type { TimelineItem } from '@parlour/sdk/client';
import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import type { Row } from './rows.ts';

type LineRow = Extract<Row, { kind: 'line' }>;

/** Lines about who came, went and may do what, told in one, with a way to see each. */
export type FoldRow = {
  readonly kind: 'fold';
  readonly key: string;
  readonly fromSeq: Seq;
  /** The last entry that only this row shows; of an open one its first, as each of the others has a row. */
  readonly seq: Seq;
  readonly at: number;
  /** `added`: all by one, the author. */
  readonly what: 'added' | 'joined' | 'left' | 'various';
  readonly author: PersonId;
  /** The first two whom it is about; nobody in particular where it is various. */
  readonly first: PersonId | null;
  readonly second: PersonId | null;
  readonly count: number;
  readonly isOpen: boolean;
};

/** So many that follow each other are told in one. */
const foldFrom = 4;
/** Of various ones the last are told in full: they are what just happened. */
const newestCount = 2;

const foldable: ReadonlySet<TimelineItem['kind']> = new Set(['add', 'remove', 'role', 'pardon', 'describe', 'rules']);

/** @param opened entries of which any keeps the lines around it unfolded, whatever is said of the group before and after them */
export function foldLines(rows: readonly Row[], opened: ReadonlySet<Seq>): readonly Row[] {
  const folded: Row[] = [];
  for (let index = 0; index < rows.length; ) {
    const run = runFrom(rows, index);
    folded.push(...(run.length < foldFrom ? run : foldRun(run, opened)));
    index += run.length;
    if (run.length === 0) folded.push(rows[index++] as Row);
  }
  return folded;
}

function runFrom(rows: readonly Row[], from: number): LineRow[] {
  const run: LineRow[] = [];
  for (let row = rows[from]; row?.kind === 'line' && foldable.has(row.item.kind); row = rows[from + run.length]) run.push(row);
  return run;
}

function foldRun(run: readonly LineRow[], opened: ReadonlySet<Seq>): Row[] {
  const isVarious = whatOf(run) === 'various';
  const lines = isVarious ? run.slice(0, -newestCount) : run;
  const isOpen = run.some(({ seq }) => opened.has(seq));
  const [first, last] = [lines[0] as LineRow, lines.at(-1) as LineRow];
  const what = whatOf(lines);
  const [one, two] = what === 'various' ? [] : lines.map(personOf);
  const fold: FoldRow = {
    kind: 'fold',
    key: `fold ${first.key}`,
    fromSeq: first.seq,
    seq: isOpen ? first.seq : last.seq,
    at: first.item.at,
    what,
    author: first.item.author,
    first: one ?? null,
    second: two ?? null,
    count: lines.length,
    isOpen,
  };
  return [fold, ...(isOpen ? lines : []), ...run.slice(lines.length)];
}

/** Fewer than three have nobody behind the two that are named. */
function whatOf(lines: readonly LineRow[]): FoldRow['what'] {
  if (lines.length < 3 || new Set(lines.map(personOf)).size < lines.length) return 'various';
  const author = lines[0]?.item.author;
  if (lines.every(({ item }) => item.kind === 'remove' && item.person === item.author)) return 'left';
  if (!lines.every(({ item }) => item.kind === 'add')) return 'various';
  return lines.every((line) => line.item.author === author && personOf(line) !== author) ? 'added' : 'joined';
}

function personOf({ item }: LineRow): PersonId | null {
  return item.kind === 'add' || item.kind === 'remove' ? item.person : null;
}

/** Opened or closed: what stands between its ends, and what was opened elsewhere. */
export function toggleFold(opened: ReadonlySet<Seq>, fold: FoldRow, rows: readonly Row[]): ReadonlySet<Seq> {
  if (!fold.isOpen) return new Set([...opened, fold.fromSeq]);
  const start = rows.findIndex(({ key }) => key === fold.key) + 1;
  const closed = new Set(runFrom(rows, start).map(({ seq }) => seq));
  return new Set([...opened].filter((seq) => !closed.has(seq)));
}
