import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryKinds } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { type Marker, nothingRead } from '@parlour/core/marker';
import type { DigestSource, RecentPage, RecentRow } from '../../ports/log-store.ts';
import { textOf } from './digest-bytes.ts';
import { prepareForArrays } from './prepare-for-arrays.ts';
import type { SqliteKeys } from './sqlite-keys.ts';
import { conversationTypes } from './sqlite-log-writer.ts';

export type MarkerColumns = { read_seq: Seq; read_ord: MessageCount; read_mine: MessageCount; received_seq: Seq; told_seq: Seq };

export function markerOf(row: MarkerColumns): Marker {
  return { readSeq: row.read_seq, readOrd: row.read_ord, readMine: row.read_mine, receivedSeq: row.received_seq, toldSeq: row.told_seq };
}

/** The columns of a marker that may not be there yet. */
type MaybeMarkerColumns = MarkerColumns | { [Column in keyof MarkerColumns]: null };

function markerOrNone(row: MaybeMarkerColumns): Marker {
  return row.read_seq === null ? nothingRead : markerOf(row);
}

/** The lists of conversations: everything derived from the logs' heads and the markers at the moment of asking. */
export class SqliteRecentRows {
  readonly #keys: SqliteKeys;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: DatabaseSync, keys: SqliteKeys) {
    this.#keys = keys;
    this.#statements = prepareStatements(database);
  }

  page(person: PersonId, { before, limit }: RecentPage): RecentRow[] {
    const key = this.#keys.people.keyOf(person);
    if (key === null) return [];
    const rows = before
      ? this.#statements.selectBefore.all({ person: key, activity: before.activity, conversation: before.conversation, limit })
      : this.#statements.selectRecent.all({ person: key, limit });
    return (rows as RowColumns[]).map((row) => this.#rowOf(person, key, row));
  }

  rows(person: PersonId, conversations: readonly ConversationId[]): RecentRow[] {
    const key = this.#keys.people.keyOf(person);
    if (key === null) return [];
    return conversations.flatMap((conversation) => {
      const row = this.#statements.selectOne.get({ person: key, conversation }) as RowColumns | undefined;
      return row ? [this.#rowOf(person, key, row)] : [];
    });
  }

  /** One query whatever the number of conversations; only groups are looked at one by one, for their members must be counted first. */
  digestRows(person: PersonId, limit: number): DigestSource[] {
    const key = this.#keys.people.keyOf(person);
    if (key === null) return [];
    const rows = this.#statements.selectDigest.all({ person: key, limit }) as unknown as DigestColumns[];
    return rows.map(([id, conversation, type, headSeq, chain, untilSeq, readSeq, told, received]) => {
      const others = type === conversationTypes.direct ? { told: told ?? 0, received: received ?? 0 } : this.#othersSums({ id }, key);
      const head = untilSeq === null ? { seq: headSeq, chain: textOf<Chain>(chain) } : this.#headAt({ id, until_seq: untilSeq });
      return { conversation, head, readSeq: readSeq ?? (0 as Seq), toldSum: others.told, receivedSum: others.received };
    });
  }

  count(person: PersonId): number {
    const key = this.#keys.people.keyOf(person);
    return key === null ? 0 : (this.#statements.countConversations.get(key) as { count: number }).count;
  }

  #rowOf(person: PersonId, key: number, row: RowColumns): RecentRow {
    const left = row.until_seq === null ? null : this.#headAt(row);
    const head = left ?? { seq: row.head, chain: textOf<Chain>(row.chain), ord: row.ord };
    const last = this.#statements.selectLastMessage.get(row.id, row.from_seq, head.seq) as LastColumns | undefined;
    const direct = row.type === conversationTypes.direct;
    const memberCount = this.#memberCount(row.id);
    return {
      conversation: row.public_id,
      type: direct ? 'direct' : 'group',
      title: row.title,
      head: { seq: head.seq, chain: head.chain },
      ord: head.ord,
      activity: row.activity,
      fromSeq: row.from_seq,
      untilSeq: row.until_seq,
      marker: markerOrNone(row),
      sentMine: row.sent_mine ?? (0 as MessageCount),
      last: last ? { seq: last.seq, author: this.#keys.people.idOf(last.author), ts: last.ts, body: last.body } : null,
      peer: direct ? this.#peerOf(person, key, row.id) : null,
      otherMarkers: memberCount <= limits.receiptMembersMax ? this.#otherMarkers(row.id, key) : [],
      memberCount,
    };
  }

  #headAt(row: Pick<RowColumns, 'id' | 'until_seq'>): { seq: Seq; chain: Chain; ord: MessageCount } {
    const found = this.#statements.selectAt.get(row.id, (row.until_seq ?? 0) - 1) as { seq: Seq; chain: Uint8Array; ord: MessageCount };
    return { seq: found.seq, chain: textOf<Chain>(found.chain), ord: found.ord };
  }

  #peerOf(person: PersonId, key: number, conv: number): PersonId {
    const other = this.#statements.selectPeer.get(conv, key) as { person: number } | undefined;
    return other ? this.#keys.people.idOf(other.person) : person;
  }

  #memberCount(conv: number): number {
    return (this.#statements.countMembers.get(conv) as { count: number }).count;
  }

  #otherMarkers(conv: number, key: number): RecentRow['otherMarkers'] {
    return (this.#statements.selectOtherMarkers.all(conv, key) as OtherColumns[]).map((other) => ({
      person: this.#keys.people.idOf(other.person),
      marker: markerOrNone(other),
      readAt: other.read_at,
    }));
  }

  #othersSums(row: Pick<RowColumns, 'id'>, key: number): { told: number; received: number } {
    const sums = this.#statements.sumOthers.get(row.id, key) as { members: number; told: number | null; received: number | null };
    return sums.members >= limits.receiptMembersMax ? { told: 0, received: 0 } : { told: sums.told ?? 0, received: sums.received ?? 0 };
  }
}

/** In the order they are selected; the sums only of direct conversations. */
type DigestColumns = readonly [
  id: number,
  conversation: ConversationId,
  type: number,
  headSeq: Seq,
  chain: Uint8Array,
  untilSeq: Seq | null,
  readSeq: Seq | null,
  told: number | null,
  received: number | null,
];

type RowColumns = {
  id: number;
  public_id: ConversationId;
  type: number;
  title: string | null;
  head: Seq;
  chain: Uint8Array;
  ord: MessageCount;
  activity: WallMs;
  from_seq: Seq;
  until_seq: Seq | null;
  sent_mine: MessageCount | null;
} & MaybeMarkerColumns;
type LastColumns = { seq: Seq; author: number; ts: WallMs; body: string | null };
type OtherColumns = { person: number; read_at: WallMs | null } & MaybeMarkerColumns;

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const lastStayOfPerson = `m.person = :person
      and not exists (select 1 from member later where later.conv = m.conv and later.person = m.person and later.from_seq > m.from_seq)`;
  const ofPerson = `from member m join conversation c on c.id = m.conv left join marker k on k.person = m.person and k.conv = m.conv
    where ${lastStayOfPerson}`;
  const recentFirst = 'order by c.activity desc, c.public_id desc limit :limit';
  const rows = `select c.id, c.public_id, c.type, c.title, c.head, c.chain, c.ord, c.activity, m.from_seq, m.until_seq,
      k.read_seq, k.read_ord, k.read_mine, k.received_seq, k.told_seq, k.sent_mine ${ofPerson}`;
  return {
    selectRecent: prepare(`${rows} ${recentFirst}`),
    // Grouped in the order of member_by_person, so that no temporary table is made: for a person of few conversations that was most of the cost.
    selectDigest: prepareForArrays(
      database,
      `select c.id, c.public_id, c.type, c.head, c.chain, m.until_seq, k.read_seq, sum(other.told_seq) as told, sum(other.received_seq) as received
       from member m join conversation c on c.id = m.conv left join marker k on k.person = m.person and k.conv = m.conv
       left join member peer on c.type = ${conversationTypes.direct} and peer.conv = m.conv and peer.person <> m.person
       left join marker other on other.person = peer.person and other.conv = peer.conv
       where ${lastStayOfPerson}
       group by m.conv ${recentFirst}`,
    ),
    selectBefore: prepare(`${rows} and (c.activity, c.public_id) < (:activity, :conversation) ${recentFirst}`),
    selectOne: prepare(`${rows} and c.public_id = :conversation`),
    countConversations: prepare('select count(distinct conv) as count from member where person = ?'),
    selectLastMessage: prepare(
      `select seq, author, ts, body from entry where conv = ? and seq >= ? and seq <= ? and kind = ${entryKinds.message} order by seq desc limit 1`,
    ),
    selectAt: prepare('select seq, chain, ord from entry where conv = ? and seq = ?'),
    selectPeer: prepare('select person from member where conv = ? and person <> ? limit 1'),
    countMembers: prepare('select count(*) as count from member where conv = ? and until_seq is null'),
    selectOtherMarkers: prepare(
      `select m.person, k.read_seq, k.read_ord, k.read_mine, k.received_seq, k.told_seq,
         (select s.at from marker_step s where s.conv = m.conv and s.person = m.person order by s.read_seq desc limit 1) as read_at
       from member m left join marker k on k.person = m.person and k.conv = m.conv
       where m.conv = ? and m.person <> ? and m.until_seq is null`,
    ),
    sumOthers: prepare(
      `select count(*) as members, sum(k.told_seq) as told, sum(k.received_seq) as received
       from (select person, conv from member where conv = ? and person <> ? and until_seq is null limit ${limits.receiptMembersMax}) m
       left join marker k on k.person = m.person and k.conv = m.conv`,
    ),
  };
}
