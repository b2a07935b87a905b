import type { OperationNumber } from '@parlour/core/ids';
import type { LeaderContext } from './leader-context.ts';
import { type Change, changeOf, metaChange } from './mirror.ts';

/** The keys of all that leaves the outbox while somebody reads or writes it in the store; ends with `end`. */
export function watchSettled(mirror: LeaderContext['mirror'], unwritten: readonly Change[] = []) {
  const keys = new Set<string>();
  const note = (changes: readonly Change[]) => {
    for (const { space, key, value } of changes) if (space === 'outbox' && value === null) keys.add(key);
  };
  note(unwritten);
  return { keys: keys as ReadonlySet<string>, end: mirror.subscribe(note) };
}

/**
 * [SDK-20] Takes in what other tabs have put into the outbox. They take their numbers in the store and tell of them by message, which may
 * come after a later number of this tab, or after the message has long been sent; so the store is asked, and the message is a hint.
 */
export async function catchUpOutbox({
  mirror,
  store,
  writer,
  tellTabs,
}: Pick<LeaderContext, 'mirror' | 'store' | 'writer' | 'tellTabs'>): Promise<void> {
  // What was settled here may still stand in the store.
  const settled = watchSettled(mirror, writer.unwritten());
  try {
    const stored = await store.transact(async (transaction) => ({
      device: await transaction.get('meta', 'device'),
      counter: (await transaction.get('meta', 'counter')) as OperationNumber | undefined,
      outbox: await transaction.scan('outbox'),
    }));
    // Another tab leads by now, and may have settled what was read, on a device without room for that.
    if (writer.isStopped) return;
    const missed = stored.outbox.filter(([key]) => !mirror.outbox.has(key) && !settled.keys.has(key));
    const counter = stored.counter ?? 0;
    const isBehind = stored.device === mirror.meta.device && counter > (mirror.meta.counter ?? 0);
    if (missed.length === 0 && !isBehind) return;
    const changes = [
      ...(isBehind ? [metaChange('counter', counter as OperationNumber)] : []),
      ...missed.map(([key, item]) => changeOf('outbox', key, item)),
    ];
    mirror.apply(changes);
    tellTabs(changes);
  } finally {
    settled.end();
  }
}
