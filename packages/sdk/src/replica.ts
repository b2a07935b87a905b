import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import { applyToGroup } from '@parlour/core/conversation-log/group';
import type { Chain, ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import type { Act, GroupStanding } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import { type Change, changeOf } from './mirror.ts';
import { entryKey, type HeldRow, type OutboxItem, outboxKey, type ReadWish, type Tail } from './store.ts';

/** A run of entries as it is pushed or pulled: `previous` stands right before the first. */
export type Run = { readonly previous: Position; readonly entries: readonly HeldEntry[] };

export type RunDecision =
  /** These follow what is held. */
  | { readonly decision: 'apply'; readonly fresh: readonly HeldEntry[] }
  /** All of it is held, or has been. */
  | { readonly decision: 'known' }
  /** Something lies between what is held and this run. */
  | { readonly decision: 'gap' }
  /** This run and what is held are not of one log. */
  | { readonly decision: 'diverged' };

/**
 * [SDK-10] A run is applied only where its (seq, chain) equals what is held, so pushes and pulls may overlap, repeat and race.
 * @param chainAt the chain of an entry that is held; null where it is not at hand
 */
export function decideRun(held: Position, { previous, entries }: Run, chainAt: (seq: number) => Chain | null): RunDecision {
  if (entries.some((entry, index) => entry.seq !== previous.seq + 1 + index)) return { decision: 'gap' };
  if (previous.seq > held.seq) return { decision: 'gap' };
  const known = (seq: number) => (seq === held.seq ? held.chain : chainAt(seq));
  for (const { seq, chain } of [previous, ...entries]) {
    if (seq > held.seq) break;
    const own = known(seq);
    if (own !== null && own !== chain) return { decision: 'diverged' };
  }
  const fresh = entries.filter((entry) => entry.seq > held.seq);
  return fresh.length > 0 ? { decision: 'apply', fresh } : { decision: 'known' };
}

export function positionOf({ seq, chain }: HeldEntry): Position {
  return { seq, chain };
}

/** [SDK-11] A pending message leaves when its entry is here, and not before. */
export function settledBy(entries: readonly HeldEntry[], pending: readonly OutboxItem[]): OutboxItem[] {
  return pending.filter((item) => entries.some((entry) => isEntryOf(entry, item)));
}

/** The text is compared too: a store that went back in time may have used a number twice. */
export function isEntryOf(entry: HeldEntry, item: OutboxItem): boolean {
  if (entry.device !== item.device || entry.n !== item.n) return false;
  if (entry.kind === 'unknown' || entry.body === null) return true;
  if (item.act) return entry.kind === item.act.kind && isSameBody(entry.body, item.act.body);
  return entry.kind === 'message' && entry.body.text === item.text;
}

/** Whatever the order of its keys; what is left out is undefined. */
function isSameBody(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const [here, there] = [one, other] as Record<string, unknown>[];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => isSameBody(here?.[key], there?.[key]));
}

/** What follows from a run that follows the tail. */
export function applyRun(
  { row, tail, pending, me }: { row: HeldRow; tail: Tail; pending: readonly OutboxItem[]; me: PersonId },
  fresh: readonly HeldEntry[],
): Change[] {
  const last = fresh.at(-1);
  if (!last) return [];
  const { conversation } = row;
  return [
    ...fresh.map((entry) => changeOf('entries', entryKey(conversation, entry.seq), entry)),
    changeOf('tails', conversation, { before: tail.before, position: positionOf(last) }),
    changeOf('rows', conversation, {
      ...advanceRow(row, fresh, me),
      ...(changesReceipts(row, fresh, me) ? { isUnsure: true as const } : {}),
    }),
    ...settledBy(fresh, pending).map((item) => changeOf('outbox', outboxKey(item), null)),
  ];
}

/** The list's line after a run: the same that the server would say. Of a run that does not follow it nothing is counted: it must be looked up. */
export function advanceRow(row: HeldRow, run: readonly HeldEntry[], me: PersonId): HeldRow {
  let next = row;
  for (const entry of run) {
    if (entry.seq !== next.head.seq + 1) continue;
    const mine = entry.author === me ? entry.mine : next.mine;
    next = { ...next, head: positionOf(entry), ord: entry.ord, mine };
    if (entry.kind === 'message') {
      const last = { seq: entry.seq, author: entry.author, ts: entry.ts, text: entry.body?.text ?? '' };
      next = { ...next, last, activity: entry.ts };
    } else if ((entry.kind === 'add' || entry.kind === 'remove') && entry.body) {
      next = {
        ...next,
        memberCount: next.memberCount + (entry.kind === 'add' ? 1 : -1),
        receipts: receiptsAfter(next, entry.kind, entry.body.person, me),
        ...(next.group && entry.body.person === me
          ? { group: { ...next.group, role: entry.kind === 'add' ? entry.body.role : null } }
          : {}),
      };
    } else if (next.group) next = { ...next, ...ledRow(next, next.group, entry, me) };
  }
  return next;
}

/** What an act makes of how the group presents itself, and of what oneself may do in it. */
function ledRow({ title }: HeldRow, group: GroupStanding, entry: HeldEntry, me: PersonId): Pick<HeldRow, 'title' | 'group'> {
  const kept = { ...(title === undefined ? {} : { title }), group };
  switch (entry.kind) {
    case 'role':
      return entry.body?.person === me ? { ...kept, group: { ...group, role: entry.body.role } } : kept;
    case 'describe':
    case 'rules': {
      if (entry.body === null) return kept;
      const { about, hue, permissions, newcomersSee } = applyToGroup({ ...group, banned: [] }, entry.kind, entry.body);
      const named = entry.kind === 'describe' && entry.body.title !== undefined ? { title: entry.body.title } : {};
      return { ...kept, ...named, group: { ...group, about, hue, permissions, newcomersSee } };
    }
    default:
      return kept;
  }
}

/** Whoever came has read nothing as far as is known, and is waited for by the ticks; whoever went is not. */
function receiptsAfter({ receipts, memberCount }: HeldRow, kind: 'add' | 'remove', moved: PersonId, me: PersonId): Receipts {
  // Of whoever was not known yet when one was taken out, one is told no more: they are waited for all the same.
  if (kind === 'remove' && moved === me && receipts.length < memberCount - 1) return [];
  if (kind === 'remove') return receipts.filter(({ person }) => person !== moved);
  if (memberCount >= limits.receiptMembersMax) return [];
  if (moved === me || receipts.some(({ person }) => person === moved)) return receipts;
  return [...receipts, { person: moved, readSeq: nothing, receivedSeq: nothing }];
}
const nothing = 0 as Seq;

/** [SDK-12] How far whoever came has read before, and from where oneself may see now, is not in the log: the server's line says it. */
export function changesReceipts({ memberCount }: HeldRow, run: readonly HeldEntry[], me: PersonId): boolean {
  return run.some((entry) => {
    if (entry.kind !== 'add' && entry.kind !== 'remove') return false;
    // Whether whoever is banned was there is not said.
    if (entry.kind === 'remove' && entry.body?.ban) return true;
    return memberCount <= limits.receiptMembersMax + 1 || entry.body?.person === me;
  });
}

/**
 * [SDK-12] A row from the server and the one held here: of the log, and of how far was read, whichever is further, so an answer that a push
 * overtook takes nothing back. A marker that is further than the server's is told again.
 * @param isFinal it was asked for after all that was told of it
 */
export function mergeRow(held: HeldRow | undefined, fresh: UnpackedRow, isFinal = false): HeldRow {
  if (!held) return { ...fresh, wish: null };
  const log = fresh.head.seq >= held.head.seq ? fresh : held;
  const furthest = furthestWish(held, fresh);
  // What was read beyond the end of the log is of one that the server has lost, or of more than this answer knows of.
  const isBeyond = furthest !== null && furthest.readSeq > log.head.seq;
  const isUnsure = held.isUnsure === true && (log === held || (isBeyond && !isFinal));
  return {
    ...fresh,
    head: log.head,
    ord: log.ord,
    mine: log.mine,
    activity: log.activity,
    memberCount: log.memberCount,
    ...(log.title === undefined ? {} : { title: log.title }),
    ...(log.group === undefined ? {} : { group: log.group }),
    ...(log.last ? { last: log.last } : {}),
    receipts: mergeReceipts(held.receipts, fresh.receipts),
    wish: isBeyond && !isUnsure ? null : furthest,
    // What made it so may be what overtook this answer.
    ...(isUnsure ? { isUnsure } : {}),
  };
}

function furthestWish({ wish, readSeq, readOrd, readMine }: HeldRow, fresh: UnpackedRow): ReadWish | null {
  const furthest = wish && wish.readSeq > readSeq ? wish : { readSeq, readOrd, readMine };
  return furthest.readSeq > fresh.readSeq ? furthest : null;
}

type Receipts = HeldRow['receipts'];

/** Whom the server does not name any more is not told any more. */
function mergeReceipts(held: Receipts, fresh: Receipts): Receipts {
  return fresh.map((receipt) => {
    const known = held.find(({ person }) => person === receipt.person);
    return known ? laterReceipt(known, receipt) : receipt;
  });
}

export function laterReceipt(one: Receipts[number], other: Receipts[number]): Receipts[number] {
  const read = other.readSeq >= one.readSeq ? other : one;
  return { ...read, receivedSeq: Math.max(one.receivedSeq, other.receivedSeq) as Seq };
}

/** [SDK-13] Where what is held and what the server has part: the last entry that both have. Null: none that is held. */
export function commonPosition(held: { tail: Tail; entries: readonly HeldEntry[] }, server: Run): Position | null {
  const chains = new Map<number, Chain>([server.previous, ...server.entries].map(({ seq, chain }) => [seq, chain]));
  for (const place of [...held.entries.map(positionOf).reverse(), held.tail.before]) {
    if (chains.get(place.seq) === place.chain) return place;
  }
  return held.tail.before.seq === 0 ? genesis : null;
}

/** [SDK-14] Own messages that the server had and has no more: they go again, under the same ids. */
export function lostOperations(
  lost: readonly HeldEntry[],
  own: { conversation: ConversationId; device: DeviceId; after: Position; at: OutboxItem['at'] },
): OutboxItem[] {
  return lost.flatMap((entry) => {
    if (entry.device !== own.device || entry.kind === 'unknown' || entry.kind === 'create' || entry.kind === 'notice') return [];
    if (entry.body === null) return [];
    const said = entry.kind === 'message' ? { text: entry.body.text } : { text: '', act: { kind: entry.kind, body: entry.body } as Act };
    const { n } = entry;
    const { conversation, device, after, at } = own;
    return [{ conversation, device, n: n as OperationNumber, ...said, after, at, error: null, again: true, heir: null }];
  });
}
