import type { ConversationId, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { ConversationSummary, LastMessage, Tick } from './client.ts';
import { keepIfSame, keepIfSameList } from './derived.ts';
import type { Mirror } from './mirror.ts';
import type { SharedState } from './shared-state.ts';
import type { HeldRow, OutboxItem } from './store.ts';
import { unreadFromOf, unreadOf } from './unread-from.ts';

const nobody: readonly PersonId[] = [];

/** The key of a conversation's draft among the registers. */
export function draftKey(conversation: ConversationId): string {
  return `draft:${conversation}`;
}

export function draftOf(mirror: Mirror, conversation: ConversationId): string | null {
  const register = mirror.registers.get(draftKey(conversation));
  return register ? readDraft(register.wish ? register.wish.value : register.value) : null;
}

function readDraft(value: string | null): string | null {
  if (value === null) return null;
  try {
    const text: unknown = JSON.parse(value)?.text;
    return typeof text === 'string' && text !== '' ? text : null;
  } catch {
    // Written by a program that keeps something else there: not a draft to us.
    return null;
  }
}

/** [SDK-70] How far an own message has come: as far as the last of the others. */
export function tickOf({ receipts, memberCount }: HeldRow, seq: Seq): Tick {
  const otherCount = memberCount - 1;
  if (otherCount < 1 || receipts.length < otherCount) return 'sent';
  if (receipts.every(({ readSeq }) => readSeq >= seq)) return 'read';
  return receipts.every(({ readSeq, receivedSeq }) => Math.max(readSeq, receivedSeq) >= seq) ? 'received' : 'sent';
}

/** Works out the list anew; lines in which nothing changed stay the same objects. */
export class ConversationList {
  readonly #mirror: Mirror;
  #before = new Map<string, ConversationSummary>();

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  summaries(shared: SharedState, before: readonly ConversationSummary[] | null): readonly ConversationSummary[] {
    const pending = new Map<string, OutboxItem[]>();
    for (const item of this.#mirror.outbox.values()) {
      const items = pending.get(item.conversation);
      if (items) items.push(item);
      else pending.set(item.conversation, [item]);
    }
    const summaries = new Map<string, ConversationSummary>();
    for (const row of this.#mirror.rows.values()) {
      const known = this.#before.get(row.conversation);
      summaries.set(row.conversation, this.#summary(row, pending.get(row.conversation) ?? [], shared, known));
    }
    this.#before = summaries;
    return keepIfSameList(before, [...summaries.values()].sort(byActivityAt));
  }

  #summary(
    row: HeldRow,
    pending: readonly OutboxItem[],
    { typing, presence }: SharedState,
    before: ConversationSummary | undefined,
  ): ConversationSummary {
    const peer = row.peer ? (this.#mirror.people.get(row.peer.id) ?? null) : null;
    const newest = pending.reduce<OutboxItem | null>((found, item) => (found && found.at >= item.at ? found : item), null);
    const last = this.#last(row, newest);
    return keepIfSame(before, {
      id: row.conversation,
      type: row.type,
      title: row.title ?? peer?.displayName ?? '',
      peer,
      peerPresence: peer ? (presence.get(peer.id) ?? null) : null,
      last: last && before?.last ? keepIfSame(before.last, last) : last,
      activityAt: Math.max(row.activity, newest?.at ?? 0) as WallMs,
      unread: unreadOf(row, unreadFromOf(this.#mirror, row.conversation)),
      draft: draftOf(this.#mirror, row.conversation),
      typing: keepIfSameList(before?.typing, typing.get(row.conversation) ?? nobody),
      pendingCount: pending.length,
      failedCount: pending.filter(({ error }) => error !== null).length,
      memberCount: row.memberCount,
    });
  }

  #last(row: HeldRow, newest: OutboxItem | null): LastMessage | null {
    const self = this.#mirror.meta.me?.id;
    if (newest && self) return { seq: null, author: self, at: newest.at, text: newest.text, tick: newest.error ? 'failed' : 'clock' };
    if (!row.last) return null;
    const { seq, author, ts, text } = row.last;
    return { seq, author, at: ts, text, tick: author === self ? tickOf(row, seq) : null };
  }
}

function byActivityAt(one: ConversationSummary, other: ConversationSummary): number {
  return other.activityAt - one.activityAt || (one.id < other.id ? 1 : -1);
}
