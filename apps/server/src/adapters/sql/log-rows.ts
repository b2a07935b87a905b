import type { OperationMark } from '@parlour/core/conversation-log/decide';
import { type Entry, entryKindOf, type VisibleEntry } from '@parlour/core/conversation-log/entry';
import { type GroupFace, type GroupState, plainGroup } from '@parlour/core/conversation-log/group';
import type { Role } from '@parlour/core/conversation-log/permissions';
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
import { type RecentRow, standingIn } from '../../ports/log-store.ts';
import { textOf } from './digest-bytes.ts';
import { conversationTypes } from './tables.ts';

/** What the rows of logs and markers are made into, whichever engine they come from and however many statements it takes to read them. */

export const logColumns = 'c.id, c.type, c.title, c.group_state, c.head, c.chain, c.ord, c.member_seq';
export type LogColumns = {
  id: number;
  type: number;
  title: string | null;
  group_state: string | null;
  head: Seq;
  chain: Uint8Array;
  ord: MessageCount;
  member_seq: Seq;
};
/** A member's row begins where they joined, which need not be where they see from. */
export const stayColumns = 'm.person, m.from_seq, coalesce(m.sees_seq, m.from_seq), m.until_seq, m.role, m.left_face';
export type StayColumns = readonly [
  person: number,
  joinedSeq: Seq,
  fromSeq: Seq,
  untilSeq: Seq | null,
  role: Role,
  leftFace: string | null,
];
export type SentColumns = readonly [author: number, mine: MessageCount];

/** @param members their stays, those of one person in their order */
export function logStateOf(
  conversation: ConversationId,
  row: LogColumns,
  members: { readonly stays: readonly StayColumns[]; readonly sent: readonly SentColumns[]; readonly personOf: (key: number) => PersonId },
): LogState {
  const { stays, sent, personOf } = members;
  const known = new Map<PersonId, Member>();
  for (const [key, joinedSeq, fromSeq, untilSeq, role, face] of stays) {
    const person = personOf(key);
    const stay = { joinedSeq, fromSeq, untilSeq, leftFace: untilSeq === null ? null : leftFaceOf(face, row) };
    known.set(person, { role, stays: [...(known.get(person)?.stays ?? []), stay] });
  }
  return {
    conversation,
    type: typeOf(row),
    title: row.title,
    group: groupOf(row.group_state),
    head: { seq: row.head, chain: textOf<Chain>(row.chain) },
    ord: row.ord,
    memberSeq: row.member_seq,
    members: known,
    sent: new Map(sent.map(([author, mine]) => [personOf(author), mine])),
  };
}

/** Kept as one text, as it is small and always wanted whole; null where nobody said anything. */
export function groupText(group: GroupState): string | null {
  return group === plainGroup ? null : JSON.stringify(group);
}

function groupOf(text: string | null): GroupState {
  return text === null ? plainGroup : (JSON.parse(text) as GroupState);
}

/** Who left before faces could change left with the one that there was. */
function leftFaceOf(face: string | null, { title }: { readonly title: string | null }): GroupFace {
  return face === null ? { title, about: plainGroup.about, hue: plainGroup.hue } : (JSON.parse(face) as GroupFace);
}

/** What whoever left at this entry knows the group as. */
export function leftFaceText(member: Member | undefined, removalSeq: Seq): string | null {
  const face = member?.stays.find(({ untilSeq }) => untilSeq === removalSeq + 1)?.leftFace;
  return face ? JSON.stringify(face) : null;
}

/** Where whoever joined at this entry sees from; null where it is right there. */
export function seesSeqOf(member: Member | undefined, joinedSeq: Seq): Seq | null {
  const { fromSeq = joinedSeq } = member?.stays.find((stay) => stay.joinedSeq === joinedSeq) ?? {};
  return fromSeq === joinedSeq ? null : fromSeq;
}

/** Kinds of entry after which title or group may be other than they were. */
export function concernsGroup({ kind }: Pick<Entry, 'kind'>): boolean {
  return kind === 'describe' || kind === 'rules' || kind === 'remove' || kind === 'pardon';
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

export const rowColumns = `c.id, c.public_id, c.type, c.title, c.group_state, c.activity, ${markerColumns}, k.sent_mine`;
export type RowColumns = {
  id: number;
  public_id: ConversationId;
  type: number;
  title: string | null;
  group_state: string | null;
  activity: WallMs;
  /** From where they see. */
  from_seq: Seq;
  until_seq: Seq | null;
  role: Role;
  left_face: string | null;
  sent_mine: MessageCount | null;
} & MaybeMarkerColumns;

type ReadBeside = Pick<RecentRow, 'head' | 'ord' | 'last' | 'otherMarkers' | 'memberCount'> & { readonly reader: PersonId };

export function recentRowOf(row: RowColumns, { reader, head, ord, last, otherMarkers, memberCount }: ReadBeside): RecentRow {
  const type = typeOf(row);
  const left = row.until_seq === null ? null : leftFaceOf(row.left_face, row);
  return {
    conversation: row.public_id,
    type,
    title: left ? left.title : row.title,
    group: type === 'direct' ? null : standingIn(groupOf(row.group_state), row.role, left),
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
