import type { ParlourClient } from '@parlour/sdk/client';
import { usualClientLimits } from '@parlour/sdk/client-limits';
import { createClient } from '@parlour/sdk/create-client';
import { MemoryStore } from '@parlour/sdk/memory-store';
import { memoryCredentials, nodeEnvironment, nodeSignals } from '@parlour/sdk/node-environment';
import { type Spaces, spaces } from '@parlour/sdk/store';
import type { Page } from 'playwright-core';
import { allShownBy, findDifference } from './agreement.ts';
import { waitUntil } from './condition.ts';
import { type Recount, recountOf } from './recount.ts';

type StoredSpace = { readonly space: string; readonly keys: readonly string[]; readonly values: readonly unknown[] };

const convergeMs = 120_000;

/**
 * As `expectAgreement`, for browsers: what each one keeps, shown by a client that has nothing else, equals the recount. Of conversations that
 * a browser keeps only the end of, the list and the counts are compared.
 * @throws with the first difference that stays
 */
export async function expectBrowserAgreement(
  dataFolder: string,
  browsers: readonly { readonly name: string; readonly page: Page }[],
): Promise<Recount> {
  let counted = await recountOf(dataFolder);
  await waitUntil(async () => {
    counted = await recountOf(dataFolder);
    for (const { name, page } of browsers) {
      const difference = await differenceOf(counted, name, await readStore(page));
      if (difference) return difference;
    }
    return null;
  }, convergeMs);
  return counted;
}

async function differenceOf(counted: Recount, name: string, store: MemoryStore): Promise<string | null> {
  const client = await openAlone(store);
  try {
    const person = client.me.get()?.id;
    return person ? findDifference(counted, await allShownBy({ name, person, client })) : `${name}: nobody is logged in`;
  } finally {
    await client.close();
  }
}

/** Of the page's own store, without writing to it. */
async function readStore(page: Page): Promise<MemoryStore> {
  const stored: StoredSpace[] = await page.evaluate(async () => {
    const promised = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const [{ name = '' } = {}, ...others] = await indexedDB.databases();
    if (name === '' || others.length > 0) throw new Error('a page of Parlour keeps one database');
    const database = await promised(indexedDB.open(name));
    const names = [...database.objectStoreNames];
    const transaction = database.transaction(names, 'readonly');
    const read = names.map(async (space) => {
      const objects = transaction.objectStore(space);
      const [keys, values] = await Promise.all([promised(objects.getAllKeys()), promised(objects.getAll())]);
      return { space, keys: keys.map(String), values };
    });
    const all = await Promise.all(read);
    database.close();
    return all;
  });
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    for (const space of spaces) {
      const { keys = [], values = [] } = stored.find((found) => found.space === space) ?? {};
      for (const [index, key] of keys.entries()) transaction.put(space, key, values[index] as Spaces[typeof space]);
    }
  });
  return store;
}

/** A client on a device without any network. */
function openAlone(store: MemoryStore): Promise<ParlourClient> {
  return createClient({
    url: 'http://nowhere.example',
    label: 'what a browser keeps',
    store,
    limits: usualClientLimits,
    platform: {
      environment: nodeEnvironment,
      connect: (_url, { onClose }) => {
        nodeEnvironment.endOfTurn(() => onClose(1006));
        return { send: () => {}, close: () => {} };
      },
      exchange: () => Promise.reject(new Error('there is no network')),
      download: () => Promise.reject(new Error('there is no network')),
      signals: nodeSignals,
      tabs: null,
      credentials: memoryCredentials(),
      followsGateways: false,
      loginHint: null,
    },
  });
}
