import { genesis } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import type { Me, Person } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import { MemoryStore } from './memory-store.ts';
import { Mirror } from './mirror.ts';
import { enqueue } from './outbox.ts';
import { isRefused } from './refusal.ts';
import { entryKey, type HeldRow, type Space, StoreUnreadable } from './store.ts';
import { mendStore } from './store-mending.ts';
import { putAll } from './store-writer.ts';

const conversation = '0123456789abcdefghjkmnpqrs' as ConversationId;
const me = { id: 'me', login: 'login', handle: 'me', displayName: 'Me', about: '', placeholder: false } as Me;
const mara = { id: 'mara', handle: 'mara', displayName: 'Mara', about: '', placeholder: false } as Person;
const position = { seq: 1, chain: 'A'.repeat(22) };
const entry = {
  kind: 'message',
  ...position,
  author: 'mara',
  device: 'd',
  n: 1,
  ord: 1,
  mine: 1,
  memberSeq: 1,
  ts: 1,
  body: { text: 'hi' },
};
const row = {
  conversation,
  type: 'direct',
  peer: mara,
  head: position,
  firstSeq: 1,
  ord: 1,
  mine: 0,
  activity: 1,
  readSeq: 0,
  readOrd: 0,
  readMine: 0,
  receivedSeq: 0,
  last: { seq: 1, author: 'mara', ts: 1, text: 'hi' },
  receipts: [],
  memberCount: 2,
  wish: null,
} as unknown as HeldRow;
const mint = () => 'minted' as DeviceId;

/** A store with something in every space, and two messages that wait. */
async function fullStore(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('meta', 'device', 'device' as DeviceId);
    transaction.put('meta', 'me', me);
    transaction.put('meta', 'epoch', 3);
    transaction.put('meta', 'registers_ver', 9 as never);
    transaction.put('rows', conversation, row);
    transaction.put('tails', conversation, { before: genesis, position } as never);
    transaction.put('entries', entryKey(conversation, 1), entry as unknown as HeldEntry);
    transaction.put('people', 'mara', mara);
    transaction.put('registers', 'draft:x', { key: 'draft:x', ver: 1, value: null, wish: { value: '"begun"' } } as never);
    for (const text of ['first', 'second']) {
      const made = await enqueue(transaction, { conversation, text, after: genesis, at: 5 as WallMs });
      if (isRefused(made)) throw new Error(made.sentence);
      putAll(transaction, made.changes);
    }
  });
  return store;
}

const damage = (store: MemoryStore, space: Space, key: string, value: unknown) =>
  store.transact(async (transaction) => transaction.put(space, key, value as never));

async function open(store: MemoryStore): Promise<Mirror> {
  const mirror = new Mirror();
  await mirror.load(store);
  return mirror;
}

const waiting = (mirror: Mirror) => mirror.outboxOf(conversation).map(({ text, n, device, heir }) => ({ text, n, device, heir }));

describe('[SDK-4] a damaged store', () => {
  test('that is sound is read as it is', async () => {
    const mirror = await open(await fullStore());
    expect([mirror.rows.size, mirror.people.size, mirror.outbox.size]).toEqual([1, 1, 2]);
  });

  test.each<[Space, string, unknown]>([
    ['rows', conversation, { ...row, head: 7 }],
    ['rows', conversation, null],
    ['tails', conversation, { before: genesis }],
    ['people', 'mara', { ...mara, displayName: 4 }],
    ['registers', 'draft:y', { key: 'draft:y', ver: 1, value: 3, wish: null }],
    ['meta', 'registers_ver', 'nine'],
    ['outbox', 'other', { text: 'of no conversation' }],
  ])('of which %s %s is unreadable: what waits, drafts and the login are there, under the same numbers', async (space, key, value) => {
    const store = await fullStore();
    await damage(store, space, key, value);
    await expect(open(store)).rejects.toBeInstanceOf(StoreUnreadable);
    await mendStore(store, mint);
    const mirror = await open(store);
    expect(waiting(mirror)).toEqual([
      { text: 'first', n: 1, device: 'device', heir: null },
      { text: 'second', n: 2, device: 'device', heir: null },
    ]);
    expect(mirror.meta).toMatchObject({ me, device: 'device', counter: 2 });
    expect(mirror.meta.registers_ver).toBeUndefined();
    expect(mirror.registers.get('draft:x')?.wish?.value).toBe('"begun"');
    // What the server has comes again.
    expect([mirror.rows.size, mirror.tails.size]).toEqual([0, 0]);
  });

  test.each(['device', 'counter'])('without a readable %s goes on as a new replica, with what waits in its order', async (key) => {
    const store = await fullStore();
    await damage(store, 'meta', key, { not: 'readable' });
    await mendStore(store, mint);
    const mirror = await open(store);
    expect(mirror.meta.device).toBe('minted');
    expect(waiting(mirror).map(({ text, heir }) => [text, heir])).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
    expect(mirror.meta.counter).toBe(2 as OperationNumber);
  });

  test('whose owner is half readable stays theirs; one of nobody sends nothing', async () => {
    const half = await fullStore();
    await damage(half, 'meta', 'me', { ...me, displayName: null });
    await mendStore(half, mint);
    const mended = await open(half);
    expect(mended.meta.me).toMatchObject({ id: 'me', login: 'login', displayName: '' });
    expect(waiting(mended)).toHaveLength(2);

    const nobodys = await fullStore();
    await damage(nobodys, 'meta', 'me', 'who');
    await mendStore(nobodys, mint);
    const empty = await open(nobodys);
    expect([empty.meta.me, empty.outbox.size, empty.registers.size]).toEqual([undefined, 0, 0]);
  });

  test('leaves out an entry that cannot be read, as if it were not held', async () => {
    const store = await fullStore();
    await damage(store, 'entries', entryKey(conversation, 1), { ...entry, body: { text: {} } });
    const mirror = await open(store);
    await mirror.hold(store, conversation);
    expect(mirror.entryAt(conversation, 1)).toBeNull();
    expect(mirror.tailEntries(conversation, { fromSeq: 1, untilSeq: 2 })).toEqual([]);
  });
});
