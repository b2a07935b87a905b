import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { type ConversationShown, type DeviceShown, findDifference } from './agreement.ts';
import type { CountedConversation, Recount } from './recount.ts';

const [ana, mara] = ['ana', 'mara'] as PersonId[] as [PersonId, PersonId];
const [square, kitchen] = ['square', 'kitchen'] as ConversationId[] as [ConversationId, ConversationId];

const held: CountedConversation = {
  id: square,
  entries: [
    { seq: 1 as Seq, author: ana, key: 'd1 1', text: null },
    { seq: 2 as Seq, author: mara, key: 'd2 1', text: 'Good morning' },
    { seq: 3 as Seq, author: ana, key: 'd1 2', text: 'Is it?' },
    { seq: 4 as Seq, author: mara, key: 'd2 2', text: 'No.' },
  ],
  members: new Set([ana, mara]),
  readSeqs: new Map([[ana, 3 as Seq]]),
};
const empty: CountedConversation = { id: kitchen, entries: [], members: new Set([ana]), readSeqs: new Map() };
const counted: Recount = {
  faults: [],
  conversations: new Map([square, kitchen].map((id) => [id, id === square ? held : empty])),
  listOf: () => [held, empty],
};

const right: ConversationShown = { id: square, unread: 1, waiting: 0, last: 'No.', messages: ['1 d1 1', '2 d2 1', '3 d1 2', '4 d2 2'] };
const rightEmpty: ConversationShown = { id: kitchen, unread: 0, waiting: 0, last: null, messages: [] };

function shownWith(change: Partial<ConversationShown>): DeviceShown {
  return { name: "ana's phone", person: ana, conversations: [{ ...right, ...change }, rightEmpty] };
}

test('a device that shows what the server holds agrees, with its messages and without', () => {
  expect(findDifference(counted, shownWith({}))).toBeNull();
  expect(findDifference(counted, shownWith({ messages: null }))).toBeNull();
});

test.each([
  [{ unread: 2 }, "ana's phone, conversation square: it shows 2 unread, where 1 are"],
  [{ waiting: 3 }, "ana's phone, conversation square: 3 messages wait to be sent"],
  [{ last: 'Is it?' }, `ana's phone, conversation square: it shows "Is it?" as the last message, where "No." is`],
  [{ last: null }, `ana's phone, conversation square: it shows "null" as the last message, where "No." is`],
  [{ messages: ['1 d1 1', '2 d2 1', '4 d2 2'] }, 'its entry 3 is 4 d2 2, where the log has 3 d1 2'],
  [{ messages: ['1 d1 1', '2 d2 1', '3 d1 2'] }, 'its entry 4 is missing, where the log has 4 d2 2'],
  [{ messages: [...(right.messages ?? []), '5 d1 3'] }, 'it shows 5 d1 3, which the log does not have'],
])('a difference is told: %j', (change, sentence) => {
  expect(findDifference(counted, shownWith(change))).toContain(sentence);
});

test('a list that lacks a conversation, has one too many or another order differs', () => {
  const device = (conversations: readonly ConversationShown[]): DeviceShown => ({ name: 'ana', person: ana, conversations });
  for (const list of [[right], [rightEmpty, right], [right, rightEmpty, { ...rightEmpty, id: 'cellar' as ConversationId }], []]) {
    expect(findDifference(counted, device(list))).toMatch(/^ana: its list has \d conversations/);
  }
});

test('a log that is not sound is told before anything else', () => {
  const fault = { where: 'conversation square', seq: 3 as Seq, what: 'its chain does not follow' };
  expect(findDifference({ ...counted, faults: [fault] }, shownWith({}))).toContain('conversation square, seq 3: its chain does not follow');
});
