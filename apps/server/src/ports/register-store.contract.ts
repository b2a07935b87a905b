import { idFromBytes, type PersonId, type RegisterVersion } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { describe, expect, test } from 'vitest';
import type { RegisterStore } from './register-store.ts';

const anna = idFromBytes(new Uint8Array(16).fill(1)) as PersonId;
const bob = idFromBytes(new Uint8Array(16).fill(2)) as PersonId;
const ver = (number: number) => number as RegisterVersion;

/** Every adapter's test calls this with a way to open an empty store in which these people exist. */
export function registerStoreContract(open: (people: readonly PersonId[]) => Promise<RegisterStore & AsyncDisposable>): void {
  describe('register store', () => {
    test('before any write there is nothing, at version 0', async () => {
      await using store = await open([anna, bob]);
      expect((await store.loadHead(anna)).ver).toBe(0);
      expect(await store.loadRegisters(anna, ['draft'])).toEqual([]);
      expect(await store.loadRegisters(anna, [])).toEqual([]);
      expect(await store.loadRegistersSince(anna, ver(0), 10)).toEqual([]);
    });

    test('each write takes the next version of its person, and one’s own writes are read', async () => {
      await using store = await open([anna, bob]);
      expect(await store.put(anna, { key: 'a', expectVer: ver(0), value: '1', step: 1 })).toEqual({ outcome: 'ok', ver: 1 });
      expect(await store.put(anna, { key: 'b', expectVer: ver(0), value: '2', step: 1 })).toEqual({ outcome: 'ok', ver: 2 });
      expect(await store.put(anna, { key: 'a', expectVer: ver(1), value: null, step: 1 })).toEqual({ outcome: 'ok', ver: 3 });
      expect(await store.put(bob, { key: 'a', expectVer: ver(0), value: '9', step: 1 })).toEqual({ outcome: 'ok', ver: 1 });
      expect((await store.loadHead(anna)).ver).toBe(3);
      expect(await store.loadRegisters(anna, ['a'])).toEqual([{ key: 'a', ver: 3, value: null }]);
      expect(await store.loadRegisters(anna, ['a', 'c', 'd'])).toHaveLength(1);
      expect((await store.loadRegisters(anna, ['a', 'b', 'c'])).map(({ key }) => key).sort()).toEqual(['a', 'b']);
      expect(await store.loadRegisters(bob, ['a', 'b'])).toEqual([{ key: 'a', ver: 1, value: '9' }]);
      const [b, a] = [
        { key: 'b', ver: 2, value: '2' },
        { key: 'a', ver: 3, value: null },
      ];
      expect(await store.loadRegistersSince(anna, ver(0), 10)).toEqual([b, a]);
      expect(await store.loadRegistersSince(anna, ver(2), 10)).toEqual([a]);
      expect(await store.loadRegistersSince(anna, ver(0), 1)).toEqual([b]);
    });

    test('a value comes back as it was written, whatever is in it', async () => {
      await using store = await open([anna, bob]);
      const values = ['', '\0', 'a\0b', '\u{10fffd}', '\u{10fffd}0\0\u{10fffd}1', `"\\'{},null`, 'ünï ✓ 👩‍👩‍👧', '\u007f\u0001\uffff'];
      for (const [index, value] of values.entries()) await store.put(anna, { key: `k${index}`, expectVer: ver(0), value, step: 1 });
      expect((await store.loadRegistersSince(anna, ver(0), 100)).map(({ value }) => value)).toEqual(values);
    });

    test('a write on another version is a conflict that shows what is there and takes no version', async () => {
      await using store = await open([anna, bob]);
      await store.put(anna, { key: 'a', expectVer: ver(0), value: '1', step: 1 });
      const current = { key: 'a', ver: 1, value: '1' };
      expect(await store.put(anna, { key: 'a', expectVer: ver(0), value: '2', step: 1 })).toEqual({ outcome: 'conflict', current });
      expect(await store.put(anna, { key: 'a', expectVer: ver(7), value: '2', step: 1 })).toEqual({ outcome: 'conflict', current });
      expect(await store.put(anna, { key: 'b', expectVer: ver(1), value: '2', step: 1 })).toEqual({ outcome: 'conflict', current: null });
      expect((await store.loadHead(anna)).ver).toBe(1);
    });

    test('versions take the steps they are told, and their sum is that of all there are', async () => {
      await using store = await open([anna, bob]);
      expect(await store.loadHead(anna)).toEqual({ ver: 0, sum: 0 });
      const far = 2 ** 40;
      expect(await store.put(anna, { key: 'a', expectVer: ver(0), value: '1', step: 1_000 })).toEqual({ outcome: 'ok', ver: 1_000 });
      expect(await store.put(anna, { key: 'b', expectVer: ver(0), value: null, step: far })).toEqual({ outcome: 'ok', ver: far + 1_000 });
      expect(await store.loadHead(anna)).toEqual({ ver: far + 1_000, sum: 2_000 });
      await store.put(anna, { key: 'a', expectVer: ver(1_000), value: '2', step: 5 });
      expect(await store.loadHead(anna)).toEqual({ ver: far + 1_005, sum: 2_005 });
      expect(await store.loadHead(bob)).toEqual({ ver: 0, sum: 0 });
    });

    test('of many writes at once on one version, one wins', async () => {
      await using store = await open([anna, bob]);
      const writes = ['1', '2', '3', '4'].map((value) => store.put(anna, { key: 'a', expectVer: ver(0), value, step: 1 }));
      const outcomes = (await Promise.all(writes)).map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual(['conflict', 'conflict', 'conflict', 'ok']);
      expect((await store.loadHead(anna)).ver).toBe(1);
    });

    test('a person has a bounded number of registers, and may still change those they have', async () => {
      await using store = await open([anna, bob]);
      for (let index = 0; index < limits.registersPerPersonMax; index++)
        await store.put(anna, { key: `k${index}`, expectVer: ver(0), value: '1', step: 1 });
      expect(await store.put(anna, { key: 'one-more', expectVer: ver(0), value: '1', step: 1 })).toEqual({ outcome: 'full' });
      expect(await store.put(anna, { key: 'k0', expectVer: ver(1), value: '2', step: 1 })).toMatchObject({ outcome: 'ok' });
      expect(await store.put(bob, { key: 'a', expectVer: ver(0), value: '1', step: 1 })).toMatchObject({ outcome: 'ok' });
    });
  });
}
