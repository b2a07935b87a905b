import { bodyOf, type MessageBody } from '@parlour/core/conversation-log/entry';
import { isMember } from '@parlour/core/conversation-log/state';
import {
  bytesOfDigest,
  type ConversationId,
  idFromBytes,
  type MessageCount,
  type PersonId,
  type Seq,
  type WallMs,
} from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import type { ImportReport } from './import-report.ts';
import { importedAuthor } from './imported-people.ts';
import { JsonlImport } from './jsonl-import.ts';

type Line = {
  channel?: string;
  line: number;
  kind?: string;
  author?: string;
  text?: string;
  time?: string;
  day?: number;
  replyTo?: number[];
};

const world = () => ({ store: new MemoryLogStore(), directory: new MemoryDirectory() });
type World = ReturnType<typeof world>;

const said = (line: number, more: Partial<Line> = {}): Line => ({ line, author: 'ada', text: `line ${line}`, ...more });

async function imported(into: World, lines: readonly (Line | string)[], members: readonly PersonId[] = []): Promise<ImportReport> {
  const context = { digest16, salt: mintSalt, now: () => 1_700_000_000_000 as WallMs };
  const run = new JsonlImport({ ...into, context, source: 'test', titleOf: (channel) => channel, members });
  const common = { channel: 'tea', kind: 'message', time: '2004-12-25T09:14:00Z' };
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify({ ...common, ...line })));
  await run.importChunk(texts.map((text, index) => ({ number: index + 1, text })));
  return run.report;
}

function conversationOf(channel: string): ConversationId {
  return idFromBytes(bytesOfDigest(digest16(JSON.stringify(['import', 'test', channel])))) as ConversationId;
}

async function entriesOf({ store }: World, channel = 'tea') {
  return store.loadRange(conversationOf(channel), { fromSeq: 1 as Seq, untilSeq: 10_000 as Seq });
}

async function messagesOf(into: World, channel = 'tea'): Promise<MessageBody[]> {
  return (await entriesOf(into, channel)).filter(({ kind }) => kind === 'message').map((entry) => bodyOf('message', entry));
}

test('each channel becomes a group of its own, titled by it, with its authors as members', async () => {
  const into = world();
  const report = await imported(into, [said(0), said(0, { channel: 'coffee', author: 'grace' }), said(1, { author: 'grace' })]);
  expect(report).toMatchObject({ read: 3, written: { message: 3 }, conversationsCreated: 2 });
  const tea = await into.store.loadLog(conversationOf('tea'));
  expect(tea).toMatchObject({ type: 'group', title: 'tea', ord: 2 as MessageCount });
  for (const name of ['ada', 'grace']) expect(tea && isMember(tea, importedAuthor(digest16, name).id)).toBe(true);
  expect(await into.directory.loadPeople([importedAuthor(digest16, 'ada').id])).toMatchObject([
    { handle: 'ada', displayName: 'ada', placeholder: true },
  ]);
});

test('messages, actions and notices keep their words, times, order and replies', async () => {
  const into = world();
  const report = await imported(into, [
    said(0, { text: 'hello' }),
    { line: 1, kind: 'system', text: 'grace has joined' },
    said(2, { kind: 'action', text: 'waves', time: '2004-12-25T23:59:00Z' }),
    said(3, { author: 'grace', text: 'hi', time: '2004-12-25T00:01:00Z', day: 1, replyTo: [0, 2, 77] }),
  ]);
  expect(report).toMatchObject({ written: { message: 2, action: 1, system: 1 }, replies: { kept: 2, unknown: 1 } });
  const entries = await entriesOf(into);
  expect(entries.map(({ kind }) => kind)).toEqual(['create', 'add', 'message', 'notice', 'message', 'add', 'message']);
  expect(await messagesOf(into)).toEqual([{ text: 'hello' }, { text: 'waves', action: true }, { text: 'hi', replyTo: [3, 5] }]);
  expect(entries.slice(3).map(({ ts }) => new Date(ts).toISOString())).toEqual([
    '2004-12-25T09:14:00.000Z',
    '2004-12-25T23:59:00.000Z',
    '2004-12-26T00:01:00.000Z',
    '2004-12-26T00:01:00.000Z',
  ]);
});

test('what was imported is recognised, and a longer file goes on from there', async () => {
  const into = world();
  const lines = [said(0), said(1, { replyTo: [0] }), said(2, { author: 'grace' })];
  await imported(into, lines.slice(0, 2));
  const before = await entriesOf(into);
  expect(await imported(into, lines.slice(0, 2))).toMatchObject({ alreadyThere: 2, written: { message: 0 }, conversationsCreated: 0 });
  expect(await entriesOf(into)).toEqual(before);
  expect(await imported(into, lines)).toMatchObject({ alreadyThere: 2, written: { message: 1 }, peopleCreated: 1 });
  expect((await messagesOf(into)).map(({ text }) => text)).toEqual(['line 0', 'line 1', 'line 2']);
});

test('what cannot be imported is left out with its line and reason, and the rest goes on', async () => {
  const into = world();
  const report = await imported(into, [
    said(0),
    'not JSON',
    '',
    JSON.stringify({ channel: 'tea', line: 1, kind: 'dance', time: '2004-12-25T09:14:00Z', text: 'x' }),
    said(2, { text: '  ' }),
    said(3, { text: 'x'.repeat(limits.textLengthMax + 1) }),
    said(4, { time: 'yesterday' }),
    { line: 5, text: 'who said it?' },
    said(6, { text: 'x'.repeat(limits.textLengthMax) }),
    said(6, { text: 'said twice' }),
    said(1, { text: 'too late' }),
  ]);
  expect(report).toMatchObject({ read: 10, written: { message: 2 } });
  expect(report.leftOutLines.map(({ number, reason }) => `${number} ${reason}`)).toEqual([
    '2 malformed',
    '4 malformed',
    '5 empty text',
    '6 text over 16000 characters',
    '7 malformed',
    '8 malformed',
    '10 another line of this channel and number was imported before',
    '11 a later line of this channel was imported before',
  ]);
  expect((await messagesOf(into)).length).toBe(2);
});

test('only earlier lines are answered, so a second run makes the same bodies', async () => {
  const into = world();
  const lines = [said(0, { replyTo: [1] }), said(1)];
  expect(await imported(into, lines)).toMatchObject({ replies: { kept: 0, unknown: 1 } });
  expect(await imported(into, lines)).toMatchObject({ alreadyThere: 2, leftOut: {} });
});

test('a reader sees everything from the first run on, and from then on where they come later', async () => {
  const into = world();
  const early = importedAuthor(digest16, 'early');
  const late = importedAuthor(digest16, 'late');
  for (const { id, name: handle } of [early, late]) {
    await into.directory.createPlaceholders([
      { id, handle, handleKey: handle, displayName: handle, nameKey: handle, createdAt: 0 as WallMs },
    ]);
  }
  expect(await imported(into, [said(0)], [early.id])).toMatchObject({ membersAdded: 1 });
  expect(await imported(into, [said(0), said(1)], [early.id, late.id])).toMatchObject({ membersAdded: 1 });
  const members = (await into.store.loadLog(conversationOf('tea')))?.members;
  expect(members?.get(early.id)?.stays).toMatchObject([{ fromSeq: 2, untilSeq: null }]);
  expect(members?.get(late.id)?.stays).toMatchObject([{ fromSeq: 5, untilSeq: null }]);
});

test('authors get handles that are allowed, unlike each other, and unlike those of people', async () => {
  const into = world();
  const names = [
    'ada',
    'Ada',
    'ADA',
    '|QuaD-',
    'x',
    '`anthony',
    'тест',
    'mixедscript',
    '\u202e',
    '日本',
    'a'.repeat(100),
    '___',
    'will.',
    'w1ll',
  ];
  await imported(
    into,
    names.map((author, line) => said(line, { author })),
  );
  const people = await into.directory.loadPeople(names.map((name) => importedAuthor(digest16, name).id));
  expect(people).toHaveLength(names.length);
  expect(new Set(people.map(({ handleKey }) => handleKey)).size).toBe(names.length);
  expect(people.every(({ displayName }) => displayName !== '' && displayName.length <= limits.displayNameLengthMax)).toBe(true);
  expect(people.find(({ displayName }) => displayName === '|QuaD-')?.handle).toBe('quad');
});
