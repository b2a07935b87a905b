import type { PersonId, Seq } from '@parlour/sdk-react/ids';
import { expect, test } from 'vitest';
import { type FoldRow, foldLines, toggleFold } from './folds.ts';
import type { Row } from './rows.ts';

type Happening = { kind: string; author: string; person?: string };
const added = (person: string, author = 'ana'): Happening => ({ kind: 'add', author, person });
const joined = (person: string): Happening => added(person, person);
const left = (person: string): Happening => ({ kind: 'remove', author: person, person });
const changed: Happening = { kind: 'rules', author: 'ana' };

function rowsOf(...happenings: readonly (Happening | 'message' | 'day')[]): Row[] {
  return happenings.map((one, index) => {
    const seq = index + 1;
    if (typeof one === 'string') return { kind: one, key: `${one} ${seq}`, seq } as unknown as Row;
    return { kind: 'line', key: `line ${seq}`, seq, item: { ...one, at: seq } } as unknown as Row;
  });
}

const none: ReadonlySet<Seq> = new Set();
const shown = (rows: readonly Row[]) => rows.map((row) => (row.kind === 'fold' ? `${row.what} ${row.fromSeq}-${row.seq}` : row.key));
const foldsOf = (rows: readonly Row[]) => rows.filter((row): row is FoldRow => row.kind === 'fold');

test('four in a row are told in one, three are not, and neither a message nor a day is folded or passed over', () => {
  const three = rowsOf(joined('a'), joined('b'), joined('c'), 'message', joined('d'), 'day', joined('e'));
  expect(foldLines(three, none)).toEqual(three);
  const four = rowsOf('day', joined('a'), joined('b'), joined('c'), joined('d'), 'message');
  expect(shown(foldLines(four, none))).toEqual(['day 1', 'joined 2-5', 'message 6']);
});

test('a fold says who: whom one person added, who joined, who left', () => {
  const many = [
    [rowsOf(added('a'), added('b'), added('c'), added('d')), 'added'],
    [rowsOf(added('a'), added('b', 'cleo'), joined('c'), joined('d')), 'joined'],
    [rowsOf(left('a'), left('b'), left('c'), left('d')), 'left'],
  ] as const;
  for (const [rows, what] of many) {
    expect(foldLines(rows, none)).toMatchObject([{ kind: 'fold', what, first: 'a' as PersonId, second: 'b' as PersonId, count: 4 }]);
  }
});

test('of various ones the newest two are told in full', () => {
  expect(shown(foldLines(rowsOf(joined('a'), left('a'), changed, joined('b'), changed), none))).toEqual([
    'various 1-3',
    'line 4',
    'line 5',
  ]);
  expect(shown(foldLines(rowsOf(added('a'), added('b'), added('c'), added('d'), changed), none))).toEqual([
    'added 1-3',
    'line 4',
    'line 5',
  ]);
});

test('who came back in between is not counted twice', () => {
  expect(foldsOf(foldLines(rowsOf(joined('a'), joined('b'), joined('a'), joined('c')), none))).toMatchObject([
    { what: 'various', count: 2 },
  ]);
});

test('what is opened shows each, stays open as more happens before and after it, and closes again', () => {
  const rows = rowsOf(joined('a'), joined('b'), joined('c'), joined('d'), joined('e'));
  const middle = rows.slice(1);
  const [fold] = foldsOf(foldLines(middle, none));
  const opened = toggleFold(none, fold as FoldRow, middle);
  expect(shown(foldLines(middle, opened))).toEqual(['joined 2-2', 'line 2', 'line 3', 'line 4', 'line 5']);
  const whole = foldLines(rows, opened);
  expect(shown(whole)).toEqual(['joined 1-1', 'line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
  const closed = toggleFold(opened, foldsOf(whole)[0] as FoldRow, whole);
  expect(shown(foldLines(rows, closed))).toEqual(['joined 1-5']);
});
