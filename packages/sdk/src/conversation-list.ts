import type { ConversationId, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { ConversationSummary, Keeping, LastMessage, Tick } from './client.ts';
import { keepIfSame, keepIfSameList } from './derived.ts';
import { keepingOf, keepingPrefixes } from './keeping.ts';
import type { Change, Mirror } from './mirror.ts';
import type { SharedState } from './shared-state.ts';
import type { HeldRow, OutboxItem } from './store.ts';
import { unreadFromOf, unreadFromPrefix, unreadOf } from './unread-from.ts';

const nobody: readonly PersonId[] = [];

const draftPrefix = 'draft:';

/** The key of a conversation's draft among the registers. */
export function draftKey(conversation: ConversationId): string {
  return `${draftPrefix}${conversation}`;
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

/** The list, of which each change works out only the lines that it touches; lines in which nothing changed stay the same objects. */
export class ConversationList {
  readonly #mirror: Mirror;
  readonly #summaries = new Map<string, ConversationSummary>();
  #list: readonly ConversationSummary[] = [];
  /** What changed since the list was worked out; conversations are null where any may have. */
  #changed: { conversations: Set<string> | null; readonly people: Set<string> } = { conversations: null, people: new Set() };
  #pending: ReadonlyMap<string, readonly OutboxItem[]> = new Map();
  #shared: Pick<SharedState, 'typing' | 'presence'> = { typing: new Map(), presence: new Map() };

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
    mirror.subscribe((changes) => this.#note(changes));
  }

  summaries(shared: SharedState): readonly ConversationSummary[] {
    const pending = groupByConversation(this.#mirror.outbox.values());
    const stale = this.#staleOf(pending, shared);
    this.#changed = { conversations: new Set(), people: new Set() };
    this.#pending = pending;
    this.#shared = shared;
    let isOther = false;
    for (const id of stale) {
      const row = this.#mirror.rows.get(id);
      const before = this.#summaries.get(id);
      const now = row && this.#summary(row, pending.get(id) ?? [], shared, before);
      if (now === before) continue;
      isOther = true;
      if (now) this.#summaries.set(id, now);
      else this.#summaries.delete(id);
    }
    if (isOther) this.#list = [...this.#summaries.values()].sort(byActivityAt);
    return this.#list;
  }

  #note(changes: readonly Change[]): void {
    const { conversations, people } = this.#changed;
    if (changes.length === 0 || changes.some(({ space, key }) => space === 'meta' && key === 'me'))
      this.#changed = { conversations: null, people };
    for (const { space, key } of changes) {
      if (space === 'people') people.add(key);
      else if (space === 'rows') conversations?.add(key);
      else if (space === 'registers') {
        for (const prefix of [draftPrefix, unreadFromPrefix, ...keepingPrefixes])
          if (key.startsWith(prefix)) conversations?.add(key.slice(prefix.length));
      }
    }
  }

  #staleOf(pending: ReadonlyMap<string, readonly OutboxItem[]>, { typing, presence }: SharedState): Iterable<string> {
    const { conversations, people } = this.#changed;
    if (conversations === null) return new Set([...this.#mirror.rows.keys(), ...this.#summaries.keys()]);
    const stale = new Set([
      ...conversations,
      ...differences(this.#pending, pending, isSameList),
      ...differences(this.#shared.typing, typing, Object.is),
    ]);
    const others = new Set([...people, ...differences(this.#shared.presence, presence, Object.is)]);
    if (others.size > 0) {
      for (const { peer, conversation } of this.#mirror.rows.values()) if (peer && others.has(peer.id)) stale.add(conversation);
    }
    return stale;
  }

  #summary(
    row: HeldRow,
    pending: readonly OutboxItem[],
    { typing, presence }: SharedState,
    before: ConversationSummary | undefined,
  ): ConversationSummary {
    const peer = row.peer ? (this.#mirror.people.get(row.peer.id) ?? null) : null;
    const newest = pending.reduce<OutboxItem | null>((found, item) => (item.act || (found && found.at >= item.at) ? found : item), null);
    const last = this.#last(row, newest);
    const keeping = keepingOf(this.#mirror, row.conversation);
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
      group: row.group ?? null,
      keeping: before && isSameKeeping(before.keeping, keeping) ? before.keeping : keeping,
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

function isSameKeeping(one: Keeping, other: Keeping): boolean {
  return one.isPinned === other.isPinned && one.isArchived === other.isArchived && one.muted?.until === other.muted?.until;
}

function groupByConversation(items: Iterable<OutboxItem>): ReadonlyMap<string, readonly OutboxItem[]> {
  const groups = new Map<string, OutboxItem[]>();
  for (const item of items) {
    const group = groups.get(item.conversation);
    if (group) group.push(item);
    else groups.set(item.conversation, [item]);
  }
  return groups;
}

/** The keys under which two maps hold something else. */
function differences<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  isSame: (one: T | undefined, other: T | undefined) => boolean,
): string[] {
  if (before === after) return [];
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => !isSame(before.get(key), after.get(key)));
}

function isSameList(one: readonly OutboxItem[] | undefined, other: readonly OutboxItem[] | undefined): boolean {
  return one?.length === other?.length && (one ?? []).every((item, index) => item === other?.[index]);
}

function byActivityAt(one: ConversationSummary, other: ConversationSummary): number {
  return other.activityAt - one.activityAt || (one.id < other.id ? 1 : -1);
}
