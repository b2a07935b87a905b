import type { Environment } from '@parlour/core/environment';
import type { MonotonicMs, PersonId, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import type { Person } from './client.ts';
import { MemoryStore } from './memory-store.ts';
import { type Change, changeOf, Mirror } from './mirror.ts';
import { type Store, StoreFull, type StoreTransaction } from './store.ts';
import { StoreWriter } from './store-writer.ts';

const person = (handle: string): Person => ({ id: handle as PersonId, handle, displayName: handle, about: '', placeholder: false });
const known = (handle: string): Change => changeOf('people', handle, person(handle));

/** A device whose room can end; what happens at the end of a turn and by alarm is called by hand. */
async function device() {
  const kept = new MemoryStore();
  let hasRoom = true;
  const store: Store = {
    volatile: false,
    transact: <T>(body: (transaction: StoreTransaction) => Promise<T>) =>
      kept.transact(async (transaction) => {
        const result = await body(transaction);
        if (!hasRoom) throw new StoreFull('no room');
        return result;
      }),
    close: () => kept.close(),
  };
  const due: (() => void)[] = [];
  const environment: Environment = {
    now: () => 0 as WallMs,
    monotonic: () => 0 as MonotonicMs,
    random: () => 0,
    id: () => '',
    timer: (_delayMs, callback) => {
      due.push(callback);
      return () => {};
    },
    endOfTurn: (callback) => void due.push(callback),
  };
  await store.transact(async (transaction) => transaction.put('meta', 'epoch', 1));
  const told: string[] = [];
  const mirror = new Mirror();
  const writer = new StoreWriter(store, mirror, environment, 1, {
    fenced: () => told.push('fenced'),
    health: (health) => told.push(health),
    committed: () => {},
  });
  const turn = async () => {
    for (const callback of due.splice(0)) callback();
    await writer.settled();
  };
  const names = async () => (await kept.transact((transaction) => transaction.scan('people'))).map(([key]) => key);
  const setRoom = (room: boolean) => {
    hasRoom = room;
  };
  return { store, kept, writer, mirror, told, turn, names, setRoom };
}

describe('store writer', () => {
  test('[SDK-2] what is committed is shown at once and kept after the turn', async () => {
    const { writer, mirror, turn, names } = await device();
    writer.commit([known('ada')]);
    writer.commit([known('bob')]);
    expect([...mirror.people.keys()]).toEqual(['ada', 'bob']);
    expect(await names()).toEqual([]);
    await turn();
    expect(await names()).toEqual(['ada', 'bob']);
    expect(writer.isClean).toBe(true);
  });

  test('[SDK-2] without room nothing is lost and nothing is half kept: all of it goes once there is room again', async () => {
    const { writer, turn, names, told, setRoom } = await device();
    setRoom(false);
    writer.commit([known('ada')]);
    await turn();
    writer.commit([known('bob'), changeOf('people', 'ada', person('ada the first'))]);
    await turn();
    expect(told.at(-1)).toBe('full');
    expect(await names()).toEqual([]);
    setRoom(true);
    await turn();
    expect(await names()).toEqual(['ada', 'bob']);
    expect(told.at(-1)).toBe('ok');
  });

  test('[SDK-53] what could not be written and is to be erased does not come back when there is room', async () => {
    const { writer, turn, names, setRoom } = await device();
    setRoom(false);
    writer.commit([known('ada')]);
    await turn();
    writer.forget();
    setRoom(true);
    writer.commit([known('bob')]);
    await turn();
    expect(await names()).toEqual(['bob']);
  });

  test('[SDK-2] what must be durable before it is shown is not shown where it could not be kept', async () => {
    const { writer, mirror, setRoom } = await device();
    setRoom(false);
    await expect(writer.transact(async () => ({ result: null, changes: [known('ada')] }))).rejects.toBeInstanceOf(StoreFull);
    expect(mirror.people.size).toBe(0);
  });

  test('[SDK-61] a leader that was replaced writes nothing any more', async () => {
    const { store, writer, turn, names, told } = await device();
    await store.transact(async (transaction) => transaction.put('meta', 'epoch', 2));
    writer.commit([known('ada')]);
    await turn();
    expect(told).toEqual(['fenced']);
    writer.commit([known('bob')]);
    await expect(writer.transact(async () => ({ result: null, changes: [known('cyd')] }))).rejects.toThrow('another tab leads');
    expect(await names()).toEqual([]);
  });
});
