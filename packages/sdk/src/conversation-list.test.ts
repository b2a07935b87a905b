import { genesis } from '@parlour/core/conversation-log/entry';
import type { ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import { ConversationList, tickOf } from './conversation-list.ts';
import { changeOf, Mirror } from './mirror.ts';
import { initialState } from './shared-state.ts';
import type { HeldRow } from './store.ts';
import { unreadOf } from './unread-from.ts';

const receipt = (person: string, readSeq: number, receivedSeq: number) => ({
  person: person as PersonId,
  readSeq: readSeq as Seq,
  receivedSeq: receivedSeq as Seq,
});
const rowOf = (changes: Partial<HeldRow> = {}): HeldRow => ({
  conversation: 'c' as ConversationId,
  type: 'group',
  head: genesis,
  firstSeq: 1 as Seq,
  ord: 9 as MessageCount,
  mine: 2 as MessageCount,
  activity: 5 as WallMs,
  readSeq: 4 as Seq,
  readOrd: 4 as MessageCount,
  readMine: 1 as MessageCount,
  receivedSeq: 0 as Seq,
  receipts: [],
  memberCount: 3,
  wish: null,
  ...changes,
});

describe('list', () => {
  test.each([
    [[], 'sent'],
    [[receipt('a', 9, 9)], 'sent'],
    [[receipt('a', 9, 9), receipt('b', 3, 4)], 'sent'],
    [[receipt('a', 9, 9), receipt('b', 3, 5)], 'received'],
    [[receipt('a', 9, 9), receipt('b', 5, 5)], 'read'],
  ])('[SDK-70] %j shows %s', (receipts, tick) => {
    expect(tickOf(rowOf({ receipts }), 5 as Seq)).toBe(tick);
  });

  test('[SDK-17] what was read here counts before the server has confirmed it', () => {
    expect(unreadOf(rowOf(), null)).toBe(4);
    const wish = { readSeq: 8 as Seq, readOrd: 8 as MessageCount, readMine: 2 as MessageCount };
    expect(unreadOf(rowOf({ wish }), null)).toBe(1);
    expect(unreadOf(rowOf({ wish: { ...wish, readSeq: 3 as Seq } }), null)).toBe(4);
  });

  test('[SDK-16] a line in which nothing changed stays the same object, and so does the list', () => {
    const mirror = new Mirror();
    const list = new ConversationList(mirror);
    const shared = initialState('memory');
    mirror.apply([
      changeOf('rows', 'a', rowOf({ conversation: 'a' as ConversationId, activity: 1 as WallMs })),
      changeOf('rows', 'b', rowOf({ conversation: 'b' as ConversationId, activity: 2 as WallMs })),
    ]);
    const first = list.summaries(shared);
    expect(first.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(list.summaries(shared)).toBe(first);
    mirror.apply([changeOf('rows', 'a', rowOf({ conversation: 'a' as ConversationId, activity: 3 as WallMs }))]);
    const second = list.summaries(shared);
    expect(second.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(second[1]).toBe(first[0]);
  });
});
