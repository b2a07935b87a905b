import type { DeviceId } from '@parlour/core/ids';
import type { Me } from './client.ts';
import { changesOfMe } from './mirror.ts';
import { type OrRefusal, refuseHere } from './refusal.ts';
import { type Store, StoreFull, type StoreTransaction, spaces } from './store.ts';
import { putAll } from './store-writer.ts';

/** Of what the store held before. */
export type WhatBecame = 'kept' | 'erased';

/** Everything goes, this replica's identity too. */
export function eraseAll(store: Store, device: DeviceId): Promise<'erased'> {
  return store.transact((transaction) => erase(transaction, device));
}

/**
 * [SDK-53] Someone logged in. The same person goes on where they were, with what still waits; for another one everything here is erased first,
 * as it is not theirs. The store says whose it is, in the same transaction: another tab may have let someone in of whom this one has not heard.
 * @param replaced is told who was logged in here until now, where that login is not over by itself
 */
export async function letIn(store: Store, me: Me, device: DeviceId, replaced: (before: Me) => void): Promise<OrRefusal<WhatBecame>> {
  try {
    const { became, unended } = await store.transact(async (transaction) => {
      const before = (await transaction.get('meta', 'me')) as Me | undefined;
      const isOver = (await transaction.get('meta', 'logged_out')) === true;
      const became: WhatBecame = before && before.id !== me.id ? await erase(transaction, device) : 'kept';
      putAll(transaction, changesOfMe(me));
      return { became, unended: before && !isOver && before.login !== me.login ? before : null };
    });
    if (unended) replaced(unended);
    return became;
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
    return refuseHere('storage_full');
  }
}

/** Who leads stays. */
async function erase(transaction: StoreTransaction, device: DeviceId): Promise<'erased'> {
  const epoch = await transaction.get('meta', 'epoch');
  for (const space of spaces) transaction.clear(space);
  if (epoch !== undefined) transaction.put('meta', 'epoch', epoch);
  transaction.put('meta', 'device', device);
  return 'erased';
}
