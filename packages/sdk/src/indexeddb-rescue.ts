import { deleteDB } from 'idb';
import { IndexedDbStore } from './indexeddb-store.ts';

/** Opens the store of a browser; one that the browser cannot open any more makes way for a new one. Null where there is none to be had. */
export async function openIndexedDb(name: string): Promise<IndexedDbStore | null> {
  // What a browser says once may be a bad moment; what it says twice is so.
  for (let attempt = 0; attempt < 2; attempt++) {
    const opened = await IndexedDbStore.open(name).catch((error: unknown) => (isDamage(error) ? 'damaged' : null));
    if (opened !== 'damaged') return opened;
  }
  return deleteIndexedDb(name);
}

/** @returns a new, empty one */
async function deleteIndexedDb(name: string): Promise<IndexedDbStore | null> {
  const { promise: held, reject } = Promise.withResolvers<never>();
  try {
    // A tab that holds it open lets go when it is asked; one that does not is not waited for.
    await Promise.race([deleteDB(name, { blocked: () => reject(new Error('another tab holds it open')) }), held]);
    return await IndexedDbStore.open(name);
  } catch {
    return null;
  }
}

/** What browsers say of files that they cannot read. A browser that gives a page no store at all says otherwise. */
function isDamage(error: unknown): boolean {
  return error instanceof DOMException && ['UnknownError', 'DataError', 'NotFoundError'].includes(error.name);
}
