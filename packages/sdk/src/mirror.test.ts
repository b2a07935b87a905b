import type { PersonId } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import type { Person } from './client.ts';
import { MemoryStore } from './memory-store.ts';
import { changeOf, Mirror } from './mirror.ts';
import type { Store, StoreTransaction } from './store.ts';

const personOf = (digit: string): Person => ({
  id: digit.repeat(26) as PersonId,
  handle: `p${digit}`,
  displayName: digit,
  about: '',
  placeholder: false,
});

/** Each transaction ends when it is told to. */
class SlowStore implements Store {
  readonly volatile = true;
  readonly endings: (() => void)[] = [];
  readonly #memory = new MemoryStore();

  async transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const result = await this.#memory.transact(body);
    await new Promise<void>((resolve) => this.endings.push(resolve));
    return result;
  }

  close(): Promise<void> {
    return this.#memory.close();
  }
}

test('[SDK-60] what comes while the store is read more than once at a time is there in the end', async () => {
  const store = new SlowStore();
  const { endings } = store;
  const mirror = new Mirror();
  const [one, other, third] = ['1', '2', '3'].map(personOf) as [Person, Person, Person];
  const first = mirror.load(store);
  mirror.apply([changeOf('people', one.id, one)]);
  const second = mirror.load(store);
  mirror.apply([changeOf('people', other.id, other)]);
  await expect.poll(() => endings.length).toBe(2);
  endings[0]?.();
  // The first reading is over, but what it read is old: all wait for the second.
  await new Promise(setImmediate);
  mirror.apply([changeOf('people', third.id, third)]);
  endings[1]?.();
  await Promise.all([first, second, mirror.whenLoaded()]);
  expect([...mirror.people.keys()]).toEqual([other.id, third.id]);
});
