import { expect, test } from 'vitest';
import type { Syscall } from '../tests/syscalls.ts';
import { readWriteRecord } from './write-record.ts';

const log = '/data/parlour.db-wal';
const asHex = (text: string) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

function call(begin: number, name: string, text: string, result: string): Syscall {
  return { name, begin, end: begin + 1, text, result };
}

test('writes, syncs and removals of the files asked for are read, and those of others are not', () => {
  const trace = [
    call(1, 'pwrite64', `9<${asHex(log)}>, "${asHex('page\0')}", 5, 4096`, '5'),
    call(3, 'pwrite64', `8<${asHex('/data/other')}>, "${asHex('page')}", 4, 0`, '4'),
    call(5, 'fdatasync', `9<${asHex(log)}>`, '0'),
    call(7, 'fdatasync', `9<${asHex(log)}>`, '-1 EIO (Input/output error)'),
    call(9, 'ftruncate', `9<${asHex(log)}>, 32`, '0'),
    call(11, 'unlink', `"${asHex(log)}"`, '0'),
  ];
  expect(readWriteRecord(trace, [log])).toEqual({
    changes: [
      { file: log, begin: 1, end: 2, what: { kind: 'write', offset: 4096, bytes: Buffer.from('page\0') } },
      { file: log, begin: 9, end: 10, what: { kind: 'truncate', sizeBytes: 32 } },
      { file: log, begin: 11, end: 12, what: { kind: 'remove' } },
    ],
    syncs: [{ path: log, begin: 5, end: 6 }],
    told: [],
  });
});

test('what left on a socket is read as what its reader was told', () => {
  const sent = '{"kind":"sent","re":4,"conversation":"square","results":[{"n":7,"seq":12},{"n":8,"error":"too_many"}]}';
  const entry =
    '{"kind":"message","seq":12,"author":"ana","device":"d1","n":7,"ord":11,"mine":2,"memberSeq":1,"ts":5,"chain":"c12","body":{"text":"é"}}';
  const entries = `{"kind":"entries","conversation":"kitchen","previous":{"seq":11,"chain":"c11"},"entries":[${entry}],"memberSeq":1}`;
  const trace = [
    call(
      1,
      'writev',
      `20<${asHex('TCP:[127.0.0.1:1->127.0.0.1:2]')}>, [{iov_base="${asHex(sent)}", iov_len=9}, {iov_base="${asHex(entries)}", iov_len=9}], 2`,
      '18',
    ),
    call(3, 'write', `3<${asHex('/data/notes')}>, "${asHex(sent)}", 9`, '9'),
  ];
  expect(readWriteRecord(trace, [log]).told).toEqual([
    { begin: 1, conversation: 'square', seq: 12, n: 7, chain: null },
    { begin: 1, conversation: 'kitchen', seq: 12, n: 7, chain: 'c12' },
  ]);
});

test.each([
  ['a write that was done in part', call(1, 'pwrite64', `9<${asHex(log)}>, "${asHex('page')}", 4, 0`, '2')],
  ['a call of another kind', call(1, 'fallocate', `9<${asHex(log)}>, 0, 0, 4096`, '0')],
  ['another name', call(1, 'rename', `"${asHex('/data/x')}", "${asHex(log)}"`, '0')],
])('%s is not passed over', (_what, unknown) => {
  expect(() => readWriteRecord([unknown], [log])).toThrow('a change of a file that is not understood');
});
