import { genesis } from '@parlour/core/conversation-log/entry';
import type { Environment } from '@parlour/core/environment';
import type { ConversationId, DeviceId, OperationNumber, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import { MemoryStore } from './memory-store.ts';
import { type Change, changeOf, Mirror } from './mirror.ts';
import { catchUpOutbox } from './outbox-catch-up.ts';
import { type OutboxItem, outboxKey } from './store.ts';
import { StoreWriter } from './store-writer.ts';

const conversation = '0123456789abcdefghjkmnpqrs' as ConversationId;
const device = 'device' as DeviceId;
const itemOf = (n: number): OutboxItem => ({
  conversation,
  device,
  n: n as OperationNumber,
  text: `${n}`,
  after: genesis,
  at: 0 as WallMs,
  error: null,
  again: false,
  heir: null,
});

/** A tab that leads, with what it knows, over a store into which another tab has written. */
async function leader(stored: readonly number[], known: readonly number[]) {
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('meta', 'epoch', 1);
    transaction.put('meta', 'device', device);
    transaction.put('meta', 'counter', Math.max(...stored) as OperationNumber);
    for (const n of stored) transaction.put('outbox', outboxKey(itemOf(n)), itemOf(n));
  });
  const mirror = new Mirror();
  const environment = { endOfTurn: () => {} } as unknown as Environment;
  const writer = new StoreWriter(store, mirror, environment, 1, { fenced: () => {}, health: () => {}, committed: () => {} });
  mirror.apply([
    { space: 'meta', key: 'device', value: device },
    { space: 'meta', key: 'counter', value: Math.max(...known) as OperationNumber },
    ...known.map((n) => changeOf('outbox', outboxKey(itemOf(n)), itemOf(n))),
  ]);
  const told: Change[] = [];
  return {
    mirror,
    writer,
    store,
    told,
    tellTabs: (changes: readonly Change[]) => void told.push(...changes),
    numbers: () => mirror.outboxOf(conversation).map(({ n }) => n),
  };
}

describe('[SDK-20] what another tab put into the outbox', () => {
  test('comes before a later number of this tab, though nothing was told of it', async () => {
    const tab = await leader([5, 6], [6]);
    await catchUpOutbox(tab);
    expect(tab.numbers()).toEqual([5, 6]);
    expect(tab.mirror.meta.counter).toBe(6);
  });

  test('is told to all tabs by the one that leads, once, before what becomes of it', async () => {
    const tab = await leader([5, 6], [6]);
    await catchUpOutbox(tab);
    await catchUpOutbox(tab);
    expect(tab.told).toEqual([changeOf('outbox', outboxKey(itemOf(5)), itemOf(5))]);
  });

  test('raises the number that this tab counts from', async () => {
    const tab = await leader([6, 7], [6]);
    await catchUpOutbox(tab);
    expect(tab.mirror.meta.counter).toBe(7);
  });

  test('is left to the next leader once this tab leads no more', async () => {
    const tab = await leader([5, 6], [6]);
    const catching = catchUpOutbox(tab);
    tab.writer.stop();
    await catching;
    expect(tab.numbers()).toEqual([6]);
  });

  test('does not come back once it is settled here and the store does not know it yet', async () => {
    const tab = await leader([5, 6], [5, 6]);
    tab.writer.commit([changeOf('outbox', outboxKey(itemOf(5)), null)]);
    await catchUpOutbox(tab);
    expect(tab.numbers()).toEqual([6]);
    const catching = catchUpOutbox(tab);
    tab.writer.commit([changeOf('outbox', outboxKey(itemOf(6)), null)]);
    await catching;
    expect(tab.numbers()).toEqual([]);
    expect(tab.told).toEqual([]);
  });
});
