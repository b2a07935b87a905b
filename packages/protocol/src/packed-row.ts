import type { Seq } from '@parlour/core/ids';
import * as z from 'zod/mini';
import {
  type ConversationRowOnWire,
  chain,
  conversationId,
  conversationType,
  entrySeq,
  groupStanding,
  messageCount,
  type PersonOnWire,
  personId,
  seq,
  wallMs,
} from './parts.ts';

/** Stands where the peer of the row would be named again. */
const peerAgain = z.literal(0);
const notPlaceholder = z.literal(0);

const packedPerson = z.tuple([personId, z.string(), z.string(), z.string(), z.union([notPlaceholder, z.literal(1)])], z.unknown());
const packedLast = z.tuple([entrySeq, z.union([peerAgain, personId]), wallMs, z.string()], z.unknown());
/** The time is 0 where it is not told. */
const packedReceipt = z.tuple([z.union([peerAgain, personId]), seq, wallMs, seq], z.unknown());

/**
 * [ROW-1] A conversation's row on the socket, where a list of a thousand crosses at once: its fields in this order, in half the bytes. Whoever reads
 * one passes over elements behind those they know.
 */
export const packedRow = z
  .tuple(
    [
      conversationId,
      conversationType,
      /** title */ z.nullable(z.string()),
      /** peer */ z.nullable(packedPerson),
      /** head */ seq,
      chain,
      /** firstSeq */ entrySeq,
      /** ord */ messageCount,
      /** mine */ messageCount,
      /** activity */ wallMs,
      /** readSeq */ seq,
      /** readOrd */ messageCount,
      /** readMine */ messageCount,
      /** receivedSeq */ seq,
      /** last */ z.nullable(packedLast),
      /** receipts */ z.array(packedReceipt),
      /** memberCount */ z.int(),
      /** group */ z.optional(z.nullable(groupStanding)),
    ],
    z.unknown(),
  )
  .check(z.refine(namesNobodyUnknown));
export type PackedRow = z.infer<typeof packedRow>;

function namesNobodyUnknown(row: readonly unknown[]): boolean {
  const [peer, last, receipts] = [row[3], row[14], row[15]] as [unknown, readonly unknown[] | null, readonly (readonly unknown[])[]];
  return peer !== null || (last?.[1] !== 0 && receipts.every(([person]) => person !== 0));
}

/** A row without what is derived from the rest of it. */
export type UnpackedRow = Omit<ConversationRowOnWire, 'unread'>;

export function packRow(row: UnpackedRow): PackedRow {
  const { conversation, type, title, peer, head, firstSeq, ord, mine, activity, readSeq, readOrd, readMine, receivedSeq } = row;
  const named = (person: PersonOnWire['id']): PersonOnWire['id'] | 0 => (person === peer?.id ? 0 : person);
  return [
    conversation,
    type,
    title ?? null,
    peer ? [peer.id, peer.handle, peer.displayName, peer.about, peer.placeholder ? 1 : 0] : null,
    head.seq,
    head.chain,
    firstSeq,
    ord,
    mine,
    activity,
    readSeq,
    readOrd,
    readMine,
    receivedSeq,
    row.last ? [row.last.seq, named(row.last.author), row.last.ts, row.last.text] : null,
    row.receipts.map((receipt) => [named(receipt.person), receipt.readSeq, receipt.readAt ?? untold, receipt.receivedSeq]),
    row.memberCount,
    row.group ?? null,
  ];
}

const untold = 0 as NonNullable<ConversationRowOnWire['receipts'][number]['readAt']>;

/** @throws TypeError where the row names a peer it does not have */
export function unpackRow(packed: PackedRow): UnpackedRow {
  const [conversation, type, title, peer, headSeq, headChain, firstSeq, ord, mine, activity, ...rest] = packed;
  const [readSeq, readOrd, readMine, receivedSeq, last, receipts, memberCount, group] = rest;
  const person = peer === null ? null : personOf(peer);
  const named = (id: PersonOnWire['id'] | 0): PersonOnWire['id'] => {
    if (id !== 0) return id;
    if (person === null) throw new TypeError('a row without a peer names it');
    return person.id;
  };
  return {
    conversation,
    type,
    ...(title === null ? {} : { title }),
    ...(person === null ? {} : { peer: person }),
    head: { seq: headSeq, chain: headChain },
    firstSeq,
    ord,
    mine,
    activity,
    readSeq,
    readOrd,
    readMine,
    receivedSeq,
    ...(last === null ? {} : { last: { seq: last[0], author: named(last[1]), ts: last[2], text: last[3] } }),
    receipts: receipts.map(([of, read, readAt, received]) => ({
      person: named(of),
      readSeq: read,
      ...(readAt === untold ? {} : { readAt }),
      receivedSeq: received as Seq,
    })),
    memberCount,
    ...(group ? { group } : {}),
  };
}

function personOf([id, handle, displayName, about, placeholder]: z.infer<typeof packedPerson>): PersonOnWire {
  return { id, handle, displayName, about, ...(placeholder === 1 ? { placeholder: true as const } : {}) };
}
