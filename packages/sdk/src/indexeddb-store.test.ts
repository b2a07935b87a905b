import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IndexedDbStore } from './indexeddb-store.ts';
import { storeContract } from './store.contract.ts';
import { StoreFull } from './store.ts';

let opened = 0;
describe('the IndexedDB store keeps the contract', () => {
  storeContract(() => IndexedDbStore.open(`contract-${++opened}`));
});

describe('in a browser that gives keys and values only one by one, too', () => {
  const { getAllRecords } = IDBObjectStore.prototype as { getAllRecords?: unknown };
  beforeAll(() => void Reflect.deleteProperty(IDBObjectStore.prototype, 'getAllRecords'));
  afterAll(() => void Object.assign(IDBObjectStore.prototype, { getAllRecords }));
  storeContract(() => IndexedDbStore.open(`contract-${++opened}`));
});

test('[SDK-2] a device without room says so, and nothing of the transaction is kept', async () => {
  const store = await IndexedDbStore.open('full');
  const putting = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    const request = putting.call(this, value, key);
    if (key === 'b') throw new DOMException('no room', 'QuotaExceededError');
    return request;
  };
  try {
    const write = store.transact(async (transaction) => {
      transaction.put('meta', 'epoch', 1);
      transaction.put('meta', 'b', 2);
    });
    await expect(write).rejects.toBeInstanceOf(StoreFull);
  } finally {
    IDBObjectStore.prototype.put = putting;
  }
  expect(await store.transact((transaction) => transaction.get('meta', 'epoch'))).toBeUndefined();
  await store.close();
});
