import type { OperationMark } from '@parlour/core/conversation-log/decide';
import { entryKindOf, type Role, type VisibleEntry } from '@parlour/core/conversation-log/entry';
import type { LogState, Member } from '@parlour/core/conversation-log/state';
import type {
  Chain,
  ConversationId,
  DeviceId,
  Digest,
  MessageCount,
  OperationNumber,
  PersonId,
  Salt,
  Seq,
  WallMs,
} from '@parlour/core/ids';
import { type Marker, nothingRead } from '@parlour/core/marker';
import type { RecentRow } from '../../ports/log-store.ts';
import { textOf } from './digest-bytes.ts';
import { conversationTypes } from './tables.ts';

/** What the rows of logs and markers are made into, whichever engine they come from and however many statements it takes to read them. */

export const logColumns = 'c.id, c.type, c.title, c.head, c.chain, c.ord, c.member_seq';
export type LogColumns = {
  id: number;
  type: number;
  title: string | null;
  head: Seq;
  chain: Uint8Array;
  ord: MessageCount;
  member_seq: Seq;
};
export type StayColumns = readonly [person: number, fromSeq: Seq, untilSeq: Seq | null, role: Role];
export type SentColumns = readonly [author: number, mine: MessageCount];

/** @param members their stays, those of one person in their order */
export function logStateOf(
  conversation: ConversationId,
  row: LogColumns,
  members: { readonly stays: readonly StayColumns[]; readonly sent: readonly SentColumns[]; readonly personOf: (key: number) => PersonId },
): LogState {
  const { stays, sent, personOf } = members;
  const known = new Map<PersonId, Member>();
  for (const [key, fromSeq, untilSeq, role] of stays) {
    const person = personOf(key);
    known.set(person, { role, stays: [...(known.get(person)?.stays ?? []), { fromSeq, untilSeq }] });
  }
  return {
    conversation,
    type: typeOf(row),
    title: row.title,
    head: { seq: row.head, chain: textOf<Chain>(row.chain) },
    ord: row.ord,
    memberSeq: row.member_seq,
    members: known,
    sent: new Map(sent.map(([author, mine]) => [personOf(author), mine])),
  };
}

/** @param chain as the engine gives it in the least time */
export const entryColumns = (chain: string): string => `seq, kind, author, device, n, target, ord, mine, member_seq, ts, ${chain}, body`;
export type EntryColumns<ChainColumn> = readonly [
  seq: Seq,
  kind: number,
  author: number,
  device: number,
  n: OperationNumber,
  target: Seq | null,
  ord: MessageCount,
  mine: MessageCount,
  memberSeq: Seq,
  ts: WallMs,
  chain: ChainColumn,
  body: string | null,
];

export type EntryReading<ChainColumn> = {
  readonly personOf: (key: number) => PersonId;
  readonly deviceOf: (key: number) => DeviceId;
  readonly chainOf: (chain: ChainColumn) => Chain;
};

export function entryOf<ChainColumn>(
  [seq, kindStored, author, device, n, target, ord, mine, memberSeq, ts, chain, body]: EntryColumns<ChainColumn>,
  { personOf, deviceOf, chainOf }: EntryReading<ChainColumn>,
): VisibleEntry {
  const kind = entryKindOf.get(kindStored);
  if (!kind) throw new RangeError(`an entry of the unknown kind ${kindStored}`);
  return {
    seq,
    kind,
    author: personOf(author),
    device: deviceOf(device),
    n,
    target,
    ord,
    mine,
    memberSeq,
    ts,
    chain: chainOf(chain),
    body,
  };
}

export const markColumns = 'e.seq, e.chain, e.device, e.n, e.digest, e.salt';
export type MarkColumns = { seq: Seq; chain: Uint8Array; device: number; n: OperationNumber; digest: Uint8Array; salt: Uint8Array | null };

export function markOf({ seq, chain, n, digest, salt }: MarkColumns, device: DeviceId): OperationMark {
  return {
    seq,
    chain: textOf<Chain>(chain),
    device,
    n,
    digest: textOf<Digest>(digest),
    salt: salt === null ? null : textOf<Salt>(salt),
  };
}

export const markerColumns = 'k.read_seq, k.read_ord, k.read_mine, k.received_seq, k.told_seq';
export type MarkerColumns = { read_seq: Seq; read_ord: MessageCount; read_mine: MessageCount; received_seq: Seq; told_seq: Seq };
/** Who has marked nothing may have no marker yet. */
export type MaybeMarkerColumns = MarkerColumns | { [Column in keyof MarkerColumns]: null };

export function markerOf(row: MaybeMarkerColumns): Marker {
  if (row.read_seq === null) return nothingRead;
  return { readSeq: row.read_seq, readOrd: row.read_ord, readMine: row.read_mine, receivedSeq: row.received_seq, toldSeq: row.told_seq };
}

/** @param conversation and `person`: the places of their public ids */
export const markerText = (conversation: string, person: string): string => `select ${markerColumns} from marker k
  where k.conv = (select id from conversation where public_id = ${conversation}) and k.person = (select id from person where public_id = ${person})`;

export const rowColumns = `c.id, c.public_id, c.type, c.title, c.activity, ${markerColumns}, k.sent_mine`;
export type RowColumns = {
  id: number;
  public_id: ConversationId;
  type: number;
  title: string | null;
  activity: WallMs;
  from_seq: Seq;
  until_seq: Seq | null;
  sent_mine: MessageCount | null;
} & MaybeMarkerColumns;

type ReadBeside = Pick<RecentRow, 'head' | 'ord' | 'last' | 'otherMarkers' | 'memberCount'> & { readonly reader: PersonId };

export function recentRowOf(row: RowColumns, { reader, head, ord, last, otherMarkers, memberCount }: ReadBeside): RecentRow {
  const type = typeOf(row);
  return {
    conversation: row.public_id,
    type,
    title: row.title,
    head,
    ord,
    activity: row.activity,
    fromSeq: row.from_seq,
    untilSeq: row.until_seq,
    marker: markerOf(row),
    sentMine: row.sent_mine ?? (0 as MessageCount),
    last,
    // In a direct conversation nobody comes or goes, so the other's marker says who is there.
    peer: type === 'direct' ? (otherMarkers[0]?.person ?? reader) : null,
    otherMarkers,
    memberCount,
  };
}

function typeOf({ type }: { readonly type: number }): 'direct' | 'group' {
  return type === conversationTypes.direct ? 'direct' : 'group';
}
