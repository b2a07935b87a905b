import { expect, test } from 'vitest';
import { nodeEnvironment } from '../../node-environment.ts';
import { readMark, readNotice } from './notice-text.ts';

const [conversation, person, node] = [nodeEnvironment.id(), nodeEnvironment.id(), nodeEnvironment.id()];
const textOf = (notice: object): string => `${node} 1\n${JSON.stringify(notice)}`;

test('what a server of the version before says of typing is understood, though it names no change of members', () => {
  const text = textOf({ notice: 'typing', conversation, person });
  expect(readMark(text)).toEqual({ from: node, number: 1 });
  expect(readNotice(text)).toEqual({ notice: 'typing', conversation, person, memberSeq: 0 });
});

test('a limit of tomorrow is read, and a word that is too long is none', () => {
  const use = { limit: 'of tomorrow', key: 'ada', count: 3 };
  expect(readNotice(textOf({ notice: 'uses', node, number: 1, uses: [use] }))).toMatchObject({ uses: [use] });
  expect(readNotice(textOf({ notice: 'uses', node, number: 1, uses: [{ ...use, key: 'x'.repeat(65) }] }))).toBeNull();
  expect(readNotice(textOf({ notice: 'uses', node, number: 1, uses: [{ ...use, count: -1 }] }))).toBeNull();
});
