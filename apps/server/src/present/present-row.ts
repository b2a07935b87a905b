import { bodyOf } from '@parlour/core/conversation-log/entry';
import type { MessageCount, Seq, WallMs } from '@parlour/core/ids';
import { type Marker, unreadCount } from '@parlour/core/marker';
import { type PackedRow, packRow } from '@parlour/protocol/packed-row';
import type { ConversationRowOnWire, PersonOnWire, ReceiptOnWire } from '@parlour/protocol/parts';
import type { Person } from '../ports/directory.ts';
import type { ConversationRow } from '../usecases/list-conversations.ts';

/** UTF-16 code units of a last message in a list. */
const previewLengthMax = 100;

export function presentRow(row: ConversationRow): ConversationRowOnWire {
  const { marker } = row;
  return {
    conversation: row.conversation,
    type: row.type,
    ...(row.title === null ? {} : { title: row.title }),
    ...(row.group ? { group: row.group } : {}),
    ...(row.peerPerson ? { peer: presentPerson(row.peerPerson) } : {}),
    head: row.head,
    firstSeq: row.fromSeq,
    ord: row.ord,
    mine: row.sentMine,
    activity: row.activity,
    readSeq: marker.readSeq,
    readOrd: marker.readOrd,
    readMine: marker.readMine,
    receivedSeq: marker.receivedSeq,
    unread: unreadCount(marker, { ord: row.ord, mine: row.sentMine }) as MessageCount,
    ...(row.last ? { last: { seq: row.last.seq, author: row.last.author, ts: row.last.ts, text: previewOf(row.last.body) } } : {}),
    receipts: row.otherMarkers.map(({ person, marker: other, readAt }) => ({ person, ...presentReceipt(other, readAt, row.seesReads) })),
    memberCount: row.memberCount,
  };
}

/** The same as sockets tell it. */
export function presentPackedRow(row: ConversationRow): PackedRow {
  return packRow(presentRow(row));
}

/** [RCPT-1] What was read is told only by those who tell it, and only to those who do. */
export function presentReceipt(marker: Marker, readAt: WallMs | null, seesReads: boolean): Omit<ReceiptOnWire, 'person'> {
  if (!seesReads) return { readSeq: 0 as Seq, receivedSeq: marker.receivedSeq };
  return { readSeq: marker.toldSeq, ...(readAt === null ? {} : { readAt }), receivedSeq: marker.receivedSeq };
}

export function presentPerson(person: Person): PersonOnWire {
  const { id, handle, displayName, about } = person;
  return { id, handle, displayName, about, ...(person.placeholder ? { placeholder: true as const } : {}) };
}

function previewOf(body: string | null): string {
  if (body === null) return '';
  const { text } = bodyOf('message', { kind: 'message', body });
  return text.length > previewLengthMax ? `${text.slice(0, previewLengthMax - 1)}…` : text;
}
