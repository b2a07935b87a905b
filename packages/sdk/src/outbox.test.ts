import { genesis } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Me } from './client.ts';
import { usualClientLimits } from './client-limits.ts';
import { MemoryStore } from './memory-store.ts';
import { Mirror } from './mirror.ts';
import { enqueue, inherit, isTooOld, nextBatch, presentOperation, replaceDevice } from './outbox.ts';
import { isRefused } from './refusal.ts';
import type { OutboxItem, Store } from './store.ts';
import { putAll } from './store-writer.ts';

const conversation = '0123456789abcdefghjkmnpqrs' as ConversationId;
const device = 'old' as DeviceId;
const me = { id: 'me', login: 'login', handle: 'me', displayName: 'Me', about: '', placeholder: false } as Me;
const itemOf = (n: number, changes: Partial<OutboxItem> = {}): OutboxItem => ({
  conversation,
  device,
  n: n as OperationNumber,
  text: `${n}`,
  after: genesis,
  at: 0 as WallMs,
  error: null,
  again: false,
  heir: null,
  ...changes,
});

async function storeWithDevice(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('meta', 'device', device);
    transaction.put('meta', 'me', me);
  });
  return store;
}

const put = (store: Store, text: string) =>
  store.transact(async (transaction) => {
    const made = await enqueue(transaction, { conversation, text, after: genesis, at: 0 as WallMs });
    if (!isRefused(made)) putAll(transaction, made.changes);
    return isRefused(made) ? made.refused : made.item.n;
  });

describe('outbox', () => {
  test('[SDK-20] messages of many tabs at once get one number each, without a hole', async () => {
    const store = await storeWithDevice();
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => put(store, `${index}`)));
    expect(taken.toSorted((one, other) => Number(one) - Number(other))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const mirror = new Mirror();
    await mirror.load(store);
    expect(mirror.outboxOf(conversation).map(({ n, text }) => [n, text])).toEqual(taken.map((n, index) => [n, `${index}`]));
  });

  test('[SDK-20] where nobody is logged in, nothing is taken', async () => {
    expect(await put(new MemoryStore(), 'x')).toBe('logged_out');
  });

  test('[SDK-22] a day-old message behind one that was sent again waits for its own turn, to be asked about', () => {
    const now = (limits.operationAgeMaxMs + 1) as WallMs;
    const pending = [itemOf(1, { at: now }), itemOf(2), itemOf(3, { at: now })];
    expect(nextBatch(pending, now, usualClientLimits).map(({ n }) => n)).toEqual([1]);
    expect(nextBatch(pending.slice(1), now, usualClientLimits)).toEqual([]);
  });

  test('[SDK-21] a batch is the beginning of what waits, in order, up to what failed, and fits a frame', () => {
    const size = fc.oneof(fc.nat(50), fc.constant(limits.textLengthMax));
    const sort = fc.constantFrom('plain', 'plain', 'plain', 'failed', 'heir');
    fc.assert(
      fc.property(fc.array(fc.tuple(size, sort, fc.constantFrom('a', '\u0001', '€', '😀')), { maxLength: 100 }), (made) => {
        const pending = made.map(([length, kind, letter], index) =>
          itemOf(index + 1, {
            text: letter.repeat(length / letter.length),
            error: kind === 'failed' ? 'too_old' : null,
            heir: kind === 'heir' ? (1 as OperationNumber) : null,
          }),
        );
        const batch = nextBatch(pending, 0 as WallMs, usualClientLimits);
        expect(batch).toEqual(pending.slice(0, batch.length));
        expect(batch.every(({ error, heir }) => error === null && (heir === null || batch.length === 1))).toBe(true);
        expect(batch.length).toBeLessThanOrEqual(limits.operationsPerSendMax);
        const frame = JSON.stringify({ kind: 'send', id: 1, conversation, operations: batch.map(presentOperation) });
        expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(limits.frameSizeBytesMax);
        const first = pending[0];
        if (first && first.error === null) expect(batch.length).toBeGreaterThan(0);
      }),
    );
  });

  test('[SDK-22] a day is the bound', () => {
    const item = itemOf(1, { at: 1_000 as WallMs });
    expect(isTooOld(item, (1_000 + limits.operationAgeMaxMs) as WallMs)).toBe(false);
    expect(isTooOld(item, (1_001 + limits.operationAgeMaxMs) as WallMs)).toBe(true);
  });

  test('[SDK-23] a new device takes over what waits in its order, before anything new', async () => {
    const store = await storeWithDevice();
    for (const text of ['a', 'b', 'c']) await put(store, text);
    await store.transact(async (transaction) => putAll(transaction, (await replaceDevice(transaction, 'new' as DeviceId)).changes));
    expect(await put(store, 'd')).toBe(4);
    const mirror = new Mirror();
    await mirror.load(store);
    expect(mirror.meta.device).toBe('new');
    for (const item of mirror.outboxOf(conversation).slice(0, 3)) mirror.apply(inherit(item, 'new' as DeviceId, genesis));
    expect(mirror.outboxOf(conversation).map((item) => [item.device, item.n, item.text, item.heir])).toEqual([
      ['new', 1, 'a', null],
      ['new', 2, 'b', null],
      ['new', 3, 'c', null],
      ['new', 4, 'd', null],
    ]);
  });

  test('[SDK-23] replaced twice before it could send, the order still holds', async () => {
    const store = await storeWithDevice();
    for (const text of ['a', 'b']) await put(store, text);
    for (const next of ['second', 'third']) {
      await store.transact(async (transaction) => putAll(transaction, (await replaceDevice(transaction, next as DeviceId)).changes));
      await put(store, `after ${next}`);
    }
    const mirror = new Mirror();
    await mirror.load(store);
    expect(mirror.outboxOf(conversation).map(({ text, heir }) => [text, heir])).toEqual([
      ['a', 1],
      ['b', 2],
      ['after second', 3],
      ['after third', null],
    ]);
  });
});
