import { describe, expect, test } from 'vitest';
import { readFrame } from './frame-reading.ts';

const id = '0123456789abcdefghjkmnpqrs';
const chain = 'AAAAAAAAAAAAAAAAAAAAAA';
const entry = (seq: number, more: object) => ({
  seq,
  author: id,
  device: id,
  n: seq,
  ord: 0,
  mine: 0,
  memberSeq: 1,
  ts: 5,
  chain,
  ...more,
});
const run = (...entries: object[]) =>
  JSON.stringify({ kind: 'entries', conversation: id, previous: { seq: 0, chain }, entries, memberSeq: 1 });

describe('frames', () => {
  test('[SDK-40] an entry of an unknown kind keeps its place in the run', () => {
    const frame = readFrame(
      run(entry(1, { kind: 'poll', body: { question: '?' }, colour: 1 }), entry(2, { kind: 'message', body: { text: 'x' } })),
    );
    if (frame?.kind !== 'entries') throw new Error('not read');
    expect(frame.entries.map(({ seq, kind }) => [seq, kind])).toEqual([
      [1, 'unknown'],
      [2, 'message'],
    ]);
    expect(frame.entries[0]).not.toHaveProperty('body');
  });

  test('[SDK-40] a known kind with a body that this client cannot read is unknown to it too', () => {
    const frame = readFrame(run(entry(1, { kind: 'message', body: { text: 'x', spin: true } })));
    if (frame?.kind !== 'entries') throw new Error('not read');
    expect(frame.entries[0]).toMatchObject({ kind: 'unknown', seq: 1, chain });
  });

  test.each([
    ['an unknown kind', JSON.stringify({ kind: 'confetti' })],
    ['no kind', '{}'],
    ['a known kind that does not fit', JSON.stringify({ kind: 'pong', re: 0 })],
    ['a name that every object has', JSON.stringify({ kind: 'constructor' })],
    ['an entry without a place', run({ kind: 'message', body: { text: 'x' } })],
    ['no JSON', '{"kind":'],
  ])('[SDK-40] skipped: %s', (_what, text) => {
    expect(readFrame(text)).toBeNull();
  });
});
