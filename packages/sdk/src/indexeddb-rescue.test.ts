import 'fake-indexeddb/auto';
import { afterEach, expect, test } from 'vitest';
import { openIndexedDb } from './indexeddb-rescue.ts';

const { open } = IDBFactory.prototype;

afterEach(() => {
  IDBFactory.prototype.open = open;
});

/** A browser that cannot read the files of this database, so many times. */
function failToOpen(times: number, name: string): void {
  let left = times;
  IDBFactory.prototype.open = function (...args) {
    left -= 1;
    if (left >= 0) throw new DOMException('no', name);
    return open.apply(this, args);
  };
}

async function keep(name: string): Promise<void> {
  const store = await openIndexedDb(name);
  await store?.transact(async (transaction) => transaction.put('meta', 'epoch', 7));
  await store?.close();
}

const epochOf = async (name: string) => (await openIndexedDb(name))?.transact((transaction) => transaction.get('meta', 'epoch'));

test('[SDK-4] a database that cannot be opened for a moment is opened the next, with all that is in it', async () => {
  await keep('a moment');
  failToOpen(1, 'UnknownError');
  expect(await epochOf('a moment')).toBe(7);
});

test('[SDK-4] one that the browser cannot read any more makes way for a new one', async () => {
  await keep('damaged');
  failToOpen(2, 'UnknownError');
  const store = await openIndexedDb('damaged');
  expect(await store?.transact((transaction) => transaction.scan('meta'))).toEqual([]);
  await store?.close();
});

test('[SDK-4] where the browser gives no store, or a newer one than this program knows, nothing is deleted', async () => {
  await keep('kept');
  for (const name of ['SecurityError', 'VersionError']) {
    failToOpen(5, name);
    expect(await openIndexedDb('kept')).toBeNull();
    IDBFactory.prototype.open = open;
  }
  expect(await epochOf('kept')).toBe(7);
});
