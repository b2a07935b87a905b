import type { PersonId, WallMs } from '@parlour/core/ids';
import type { PendingAct, PendingMessage, Tick, TimelineItem } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import type { AnyErrorCode } from './refusal.ts';
import type { Progress } from './shared-state.ts';
import { type OutboxItem, outboxKey } from './store.ts';

/** [SDK-71] An entry as it is shown. `at` never goes back, whatever the clocks of servers did: a later message is not shown as earlier. */
export function presentItem(
  entry: HeldEntry,
  { self, notBefore, tick }: { self: PersonId | null; notBefore: WallMs; tick: Tick | null },
): TimelineItem {
  const { seq, author, device, n, ord, ts } = entry;
  const at = Math.max(ts, notBefore) as WallMs;
  const fields = { key: outboxKey({ device, n }), seq, author, device, n, ord, at, own: author === self };
  switch (entry.kind) {
    case 'message': {
      if (entry.body === null) return { ...fields, kind: 'erased' };
      const { text, replyTo = [], action = false } = entry.body;
      return { ...fields, kind: 'message', text, replyTo, action, tick };
    }
    case 'create':
      return { ...fields, kind: 'create', title: entry.body?.title ?? null };
    case 'add':
    case 'pardon':
      return entry.body ? { ...fields, kind: entry.kind, person: entry.body.person } : { ...fields, kind: 'erased' };
    case 'remove':
      return entry.body
        ? { ...fields, kind: 'remove', person: entry.body.person, ban: entry.body.ban ?? false }
        : { ...fields, kind: 'erased' };
    case 'role':
    case 'describe':
    case 'rules':
      return entry.body ? ({ ...fields, kind: entry.kind, ...entry.body } as TimelineItem) : { ...fields, kind: 'erased' };
    case 'notice':
      return entry.body ? { ...fields, kind: 'notice', text: entry.body.text } : { ...fields, kind: 'erased' };
    case 'unknown':
      return { ...fields, kind: 'unknown' };
  }
}

export function presentPending(item: OutboxItem, progress: Progress | undefined): PendingMessage {
  const { n, text, at, error } = item;
  const state = error ? 'failed' : (progress ?? 'queued');
  return { key: outboxKey(item), n, text, at, state, error: error as AnyErrorCode | null };
}

export function presentPendingAct(item: OutboxItem, progress: Progress | undefined): PendingAct[] {
  const { act } = item;
  if (!act) return [];
  const { key, n, at, state, error } = presentPending(item, progress);
  return [{ key, n, at, state, error, act }];
}

type Remembered = { readonly notBefore: WallMs; readonly tick: Tick | null; readonly item: TimelineItem };

/** Items stay the same objects while nothing in them changes, so that a list draws only what is new. */
export class ItemMemory {
  #items = new Map<HeldEntry, Remembered>();

  present(entries: readonly HeldEntry[], self: PersonId | null, tickOf: (entry: HeldEntry) => Tick | null): TimelineItem[] {
    const items = new Map<HeldEntry, Remembered>();
    let notBefore = 0 as WallMs;
    for (const entry of entries) {
      const tick = entry.author === self ? tickOf(entry) : null;
      const known = this.#items.get(entry);
      const item =
        known && known.notBefore === notBefore && known.tick === tick ? known.item : presentItem(entry, { self, notBefore, tick });
      items.set(entry, { notBefore, tick, item });
      notBefore = item.at;
    }
    this.#items = items;
    return [...items.values()].map(({ item }) => item);
  }
}
