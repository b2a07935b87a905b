import type { DeviceId } from '@parlour/core/ids';
import type { Me } from './client.ts';
import { type Change, metaChange } from './mirror.ts';
import { replaceDevice } from './outbox.ts';
import { isReadable } from './readable.ts';
import type { MetaKey, Space, Store, StoreTransaction } from './store.ts';
import { putAll } from './store-writer.ts';

/** What the server has too: it is fetched again. */
const fetchable: readonly Space[] = ['rows', 'tails', 'entries'];
/** What is kept record by record, as far as it can be read: messages that wait, drafts and settings, names. */
const rescued: readonly Space[] = ['outbox', 'registers', 'people'];

/**
 * [SDK-4] Makes a damaged store one that can be read: messages that wait, and what was written here and is not yet told, are rescued; all that the
 * server has is forgotten here, and comes again. Where the identity of this replica is lost, what waits goes on under a new one ([SDK-23]).
 */
export async function mendStore(store: Store, mintDevice: () => DeviceId): Promise<void> {
  await store.transact(async (transaction) => {
    for (const space of rescued) {
      for (const [key, value] of await transaction.scan(space)) if (!isReadable(space, key, value)) transaction.delete(space, key);
    }
    for (const space of fetchable) transaction.clear(space);
    const lost = new Set<string>();
    const changes: Change[] = [];
    for (const [key, value] of await transaction.scan('meta')) {
      if (isReadable('meta', key, value)) continue;
      lost.add(key);
      changes.push(metaChange(key as MetaKey, null));
    }
    // Of the registers none may be missed: they are pulled from the first on.
    changes.push(metaChange('registers_ver', null));
    if (lost.has('me')) changes.push(...(await mendOwner(transaction)));
    if (lost.has('device') || lost.has('counter')) changes.push(...(await replaceDevice(transaction, mintDevice())).changes);
    putAll(transaction, changes);
  });
}

/** Whose store it is, without what they are called, which comes again; where that is lost too, nobody can say whose words wait here, and they go. */
async function mendOwner(transaction: StoreTransaction): Promise<Change[]> {
  const { id, login } = ((await transaction.get('meta', 'me')) ?? {}) as Partial<Me>;
  if (typeof id === 'string' && typeof login === 'string')
    return [metaChange('me', { id, login, handle: '', displayName: '', about: '', placeholder: false })];
  for (const space of rescued) transaction.clear(space);
  return [];
}
