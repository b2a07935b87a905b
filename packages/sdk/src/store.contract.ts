import type { ConversationId, PersonId } from '@parlour/core/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Person } from './client.ts';
import { entryKey, entryRange, type Store } from './store.ts';

const person = (handle: string): Person => ({ id: handle as PersonId, handle, displayName: handle, about: '', placeholder: false });
const conversation = '0123456789abcdefghjkmnpqrs' as ConversationId;

/** Every store's test calls this with a way to open an empty store. */
export function storeContract(open: () => Promise<Store>): void {
  describe('store', () => {
    test('[SDK-1] what one transaction put, the next one sees', async () => {
      const store = await open();
      await store.transact(async (transaction) => transaction.put('people', 'a', person('ada')));
      expect(await store.transact((transaction) => transaction.get('people', 'a'))).toEqual(person('ada'));
      expect(await store.transact((transaction) => transaction.get('people', 'b'))).toBeUndefined();
      await store.close();
    });

    test('[SDK-1] a transaction sees its own writes', async () => {
      const store = await open();
      const seen = await store.transact(async (transaction) => {
        transaction.put('people', 'a', person('ada'));
        transaction.put('people', 'b', person('bob'));
        transaction.delete('people', 'a');
        return [await transaction.get('people', 'a'), (await transaction.scan('people')).map(([key]) => key)];
      });
      expect(seen).toEqual([undefined, ['b']]);
      await store.close();
    });

    test('[SDK-1] a body that throws writes nothing, in any space, and does not block the next', async () => {
      const store = await open();
      const failing = store.transact(async (transaction) => {
        transaction.put('people', 'a', person('ada'));
        transaction.put('meta', 'epoch', 7);
        await transaction.get('meta', 'epoch');
        throw new RangeError('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(await store.transact((transaction) => transaction.scan('people'))).toEqual([]);
      expect(await store.transact((transaction) => transaction.get('meta', 'epoch'))).toBeUndefined();
      await store.close();
    });

    test('[SDK-1] transactions that start together happen one after another', async () => {
      const store = await open();
      const takes = Array.from({ length: 20 }, () =>
        store.transact(async (transaction) => {
          const counter = ((await transaction.get('meta', 'epoch')) as number | undefined) ?? 0;
          transaction.put('meta', 'epoch', counter + 1);
          return counter;
        }),
      );
      expect((await Promise.all(takes)).toSorted((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      await store.close();
    });

    test('[SDK-1] a scan gives keys in order and keeps to its half-open range', async () => {
      const store = await open();
      await store.transact(async (transaction) => {
        for (const seq of [10, 9, 2, 100]) transaction.put('people', entryKey(conversation, seq), person(`p${seq}`));
      });
      const found = await store.transact((transaction) =>
        transaction.scan('people', entryRange(conversation, { fromSeq: 2, untilSeq: 100 })),
      );
      expect(found.map(([, { handle }]) => handle)).toEqual(['p2', 'p9', 'p10']);
      await store.close();
    });

    test('[SDK-1] any sequence of writes leaves what a plain map would hold', async () => {
      const write = fc.record({ kind: fc.constantFrom('put', 'delete', 'clear'), key: fc.constantFrom('a', 'b', 'c'), value: fc.string() });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 5 }), async (transactions) => {
          const store = await open();
          const model = new Map<string, Person>();
          for (const writes of transactions) {
            await store.transact(async (transaction) => {
              for (const { kind, key, value } of writes) {
                if (kind === 'put') transaction.put('people', key, person(value));
                else if (kind === 'delete') transaction.delete('people', key);
                else transaction.clear('people');
              }
            });
            for (const { kind, key, value } of writes) {
              if (kind === 'put') model.set(key, person(value));
              else if (kind === 'delete') model.delete(key);
              else model.clear();
            }
          }
          const held = await store.transact((transaction) => transaction.scan('people'));
          expect(held).toEqual([...model].toSorted(([one], [other]) => (one < other ? -1 : 1)));
          await store.close();
        }),
        { numRuns: 40 },
      );
    });
  });
}
