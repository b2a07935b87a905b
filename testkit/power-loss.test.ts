import { expect, test } from 'vitest';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { type Fate, filesAfterLoss } from './power-loss.ts';
import type { FileChange, WriteRecord } from './write-record.ts';

const [file, other] = ['/data/one', '/data/two'];

function write(begin: number, offset: number, text: string): FileChange {
  return { file, begin, end: begin + 1, what: { kind: 'write', offset, bytes: Buffer.from(text) } };
}

function textsAfter(record: Pick<WriteRecord, 'changes' | 'syncs'>, at: number, fate: Fate, seed = 1): (string | undefined)[] {
  const before = new Map([
    [file, Buffer.from('....')],
    [other, Buffer.from('stays')],
  ]);
  const files = filesAfterLoss(record, before, { at, fate, random: new SeededRandom(seed) });
  return [file, other].map((name) => files.get(name)?.toString());
}

const changes = [write(1, 0, 'ab'), write(5, 2, 'cdef'), write(9, 0, 'X')];
const syncs = [{ path: file, begin: 3, end: 7 }];

test('what was written before a sync began is there once the sync has ended, and nothing else has to be', () => {
  expect(textsAfter({ changes, syncs }, 6, 'none')).toEqual(['....', 'stays']);
  expect(textsAfter({ changes, syncs }, 7, 'none')).toEqual(['ab..', 'stays']);
  expect(textsAfter({ changes, syncs: [{ path: other, begin: 3, end: 7 }] }, 20, 'none')).toEqual(['....', 'stays']);
});

test('of what no sync has followed any part may be there, and a part of the last write', () => {
  const first = new Set(Array.from({ length: 200 }, (_, seed) => textsAfter({ changes, syncs }, 20, 'first', seed)[0]));
  expect(first).toContain('ab..');
  expect(first).toContain('abcdef');
  expect(first).toContain('Xbcdef');
  expect(first).toContain('abcd');
  expect(first).not.toContain('Xb..');
  const any = new Set(Array.from({ length: 200 }, (_, seed) => textsAfter({ changes, syncs }, 20, 'any', seed)[0]));
  expect(any).toContain('Xb..');
});

test('a file that was removed is gone for certain once its folder was synced, and a shortened one is shorter', () => {
  const removed: FileChange[] = [{ file, begin: 1, end: 2, what: { kind: 'remove' } }];
  expect(textsAfter({ changes: removed, syncs: [] }, 9, 'none')).toEqual(['....', 'stays']);
  expect(textsAfter({ changes: removed, syncs: [{ path: '/data', begin: 3, end: 4 }] }, 9, 'none')).toEqual([undefined, 'stays']);
  const shortened: FileChange[] = [{ file, begin: 1, end: 2, what: { kind: 'truncate', sizeBytes: 1 } }];
  expect(textsAfter({ changes: shortened, syncs }, 9, 'none')).toEqual(['.', 'stays']);
});
