import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryKinds } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { DigestSource, RecentPage, RecentRow } from '../../ports/log-store.ts';
import { textOf, textOfHex } from '../sql/digest-bytes.ts';
import { type MaybeMarkerColumns, markerColumns, markerOf, type RowColumns, recentRowOf, rowColumns } from '../sql/log-rows.ts';
import { conversationTypes } from '../sql/tables.ts';
import { prepareForArrays } from './prepare-for-arrays.ts';
import type { SqliteKeys } from './sqlite-keys.ts';

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
    return (rows as LastStayColumns[]).map((row) => this.#rowOf(person, key, row));
  }

  rows(person: PersonId, conversations: readonly ConversationId[]): RecentRow[] {
    const key = this.#keys.people.keyOf(person);
    if (key === null) return [];
    return conversations.flatMap((conversation) => {
      const row = this.#statements.selectOne.get({ person: key, conversation }) as LastStayColumns | undefined;
      return row ? [this.#rowOf(person, key, row)] : [];
    });
  }

  /** Few conversations are one query without a sort. Of many, the most recent are picked first, by as little as can be read of each. */
  digestRows(person: PersonId, limit: number): DigestSource[] {
    const key = this.#keys.people.keyOf(person);
    if (key === null) return [];
    const stays = this.#statements.selectDigest.all(key, limit + 1) as unknown as DigestColumns[];
    if (stays.length <= limit) return stays.filter(([id], index) => id !== stays[index + 1]?.[0]).map((stay) => this.#digestOf(key, stay));
    return (this.#statements.selectRecentKeys.all(key, limit) as { conv: number }[]).flatMap(({ conv }) => {
      const stay = (this.#statements.selectDigestOfOne.all(key, conv) as unknown as DigestColumns[]).at(-1);
      return stay ? [this.#digestOf(key, stay)] : [];
    });
  }

  /** Groups are looked at one by one, for their members must be counted first. */
  #digestOf(key: number, [id, type, headSeq, chain, untilSeq, readSeq, told, received]: DigestColumns): DigestSource {
    const conversation = this.#keys.conversations.idOf(id);
    const others =
      untilSeq !== null
        ? { told: 0, received: 0 }
        : type === conversationTypes.direct
          ? { told: told ?? 0, received: received ?? 0 }
          : this.#othersSums({ id }, key);
    const head = untilSeq === null ? { seq: headSeq, chain: textOfHex<Chain>(chain) } : this.#headAt({ id, until_seq: untilSeq });
    return { conversation, head, readSeq: readSeq ?? (0 as Seq), toldSum: others.told, receivedSum: others.received };
  }

  count(person: PersonId): number {
    const key = this.#keys.people.keyOf(person);
    return key === null ? 0 : (this.#statements.countConversations.get(key) as { count: number }).count;
  }

  large(person: PersonId, staysMax: number): ConversationId[] {
    const key = this.#keys.people.keyOf(person);
    const rows = key === null ? [] : (this.#statements.selectLarge.all(key, staysMax) as { conversation: ConversationId }[]);
    return rows.map(({ conversation }) => conversation);
  }

  #rowOf(reader: PersonId, key: number, row: LastStayColumns): RecentRow {
    const left = row.until_seq === null ? null : this.#headAt(row);
    const { seq, chain, ord } = left ?? { seq: row.head, chain: textOf<Chain>(row.chain), ord: row.ord };
    const last = this.#statements.selectLastMessage.get(row.id, row.from_seq, seq) as LastColumns | undefined;
    // In a direct conversation nobody comes or goes, so the other's marker says who is there.
    const others = row.type === conversationTypes.direct ? this.#otherMarkers(row.id, key) : null;
    const memberCount = others ? others.length + 1 : this.#memberCount(row);
    const seesOthers = row.until_seq === null && memberCount <= limits.receiptMembersMax;
    return recentRowOf(row, {
      reader,
      head: { seq, chain },
      ord,
      last: last ? { ...last, author: this.#keys.people.idOf(last.author) } : null,
      otherMarkers: others ?? (seesOthers ? this.#otherMarkers(row.id, key) : []),
      memberCount,
    });
  }

  #headAt(row: Pick<RowColumns, 'id' | 'until_seq'>): { seq: Seq; chain: Chain; ord: MessageCount } {
    const found = this.#statements.selectAt.get(row.id, (row.until_seq ?? 0) - 1) as { seq: Seq; chain: Uint8Array; ord: MessageCount };
    return { seq: found.seq, chain: textOf<Chain>(found.chain), ord: found.ord };
  }

  /** Whoever was taken out knows how many stayed, and of nobody who came or went later. */
  #memberCount({ id, until_seq }: Pick<RowColumns, 'id' | 'until_seq'>): number {
    const { countMembers, countMembersAt } = this.#statements;
    const counted = until_seq === null ? countMembers.get(id) : countMembersAt.get({ id, until_seq });
    return (counted as { count: number }).count;
  }

  #otherMarkers(conv: number, key: number): RecentRow['otherMarkers'] {
    return (this.#statements.selectOtherMarkers.all(conv, key) as OtherColumns[]).map((other) => ({
      person: this.#keys.people.idOf(other.person),
      marker: markerOf(other),
      readAt: other.read_at,
    }));
  }

  #othersSums(row: Pick<RowColumns, 'id'>, key: number): { told: number; received: number } {
    const sums = this.#statements.sumOthers.get(row.id, key) as { members: number; told: number | null; received: number | null };
    return sums.members >= limits.receiptMembersMax ? { told: 0, received: 0 } : { told: sums.told ?? 0, received: sums.received ?? 0 };
  }
}

/** One stay of the person, in the order of the columns, the chain in hexadecimal; `told` and `received` are the other's in a direct conversation. */
type DigestColumns = readonly [
  id: number,
  type: number,
  headSeq: Seq,
  chain: string,
  untilSeq: Seq | null,
  readSeq: Seq | null,
  told: number | null,
  received: number | null,
];

type LastStayColumns = RowColumns & { head: Seq; chain: Uint8Array; ord: MessageCount };
type LastColumns = { seq: Seq; author: number; ts: WallMs; body: string | null };
type OtherColumns = { person: number; read_at: WallMs | null } & MaybeMarkerColumns;

/** SQLite plans a statement anew at each run where a bare parameter is its limit, for the plan may depend on it: ten times the cost of the run. */
const boundLimit = (parameter: '?' | ':limit'): string => `cast(${parameter} as integer)`;

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const lastStayOfPerson = `m.person = :person
      and not exists (select 1 from member later where later.conv = m.conv and later.person = m.person and later.from_seq > m.from_seq)`;
  const ofPerson = `from member m join conversation c on c.id = m.conv left join marker k on k.person = m.person and k.conv = m.conv
    where ${lastStayOfPerson}`;
  const recentFirst = `order by c.activity desc, c.public_id desc limit ${boundLimit(':limit')}`;
  const rows = `select ${rowColumns}, c.head, c.chain, c.ord, coalesce(m.sees_seq, m.from_seq) as from_seq, m.until_seq, m.role, m.left_face ${ofPerson}`;
  const digest = `select c.id, c.type, c.head, hex(c.chain), m.until_seq, k.read_seq, other.told_seq, other.received_seq
    from member m cross join conversation c on c.id = m.conv left join marker k on k.person = m.person and k.conv = m.conv
    left join member peer on c.type = ${conversationTypes.direct} and peer.conv = m.conv and peer.person <> m.person
    left join marker other on other.person = peer.person and other.conv = peer.conv`;
  return {
    selectRecent: prepare(`${rows} ${recentFirst}`),
    // Both in the order of member_by_person, so that nothing is sorted: for a person of few conversations that was most of the cost.
    selectDigest: prepareForArrays(database, `${digest} where m.person = ? order by m.conv, m.from_seq limit ${boundLimit('?')}`),
    selectDigestOfOne: prepareForArrays(database, `${digest} where m.person = ? and m.conv = ? order by m.from_seq`),
    selectRecentKeys: prepare(
      `select m.conv from member m cross join conversation c on c.id = m.conv where m.person = ?
       group by m.conv order by c.activity desc, c.public_id desc limit ${boundLimit('?')}`,
    ),
    selectBefore: prepare(`${rows} and (c.activity, c.public_id) < (:activity, :conversation) ${recentFirst}`),
    selectOne: prepare(`${rows} and c.public_id = :conversation`),
    countConversations: prepare('select count(distinct conv) as count from member where person = ?'),
    selectLarge: prepare(
      `select c.public_id as conversation from member m join conversation c on c.id = m.conv
       where m.person = ? and m.until_seq is null and c.type = ${conversationTypes.group}
         and exists (select 1 from member o where o.conv = m.conv limit 1 offset ?)`,
    ),
    selectLastMessage: prepare(
      `select seq, author, ts, body from entry where conv = ? and seq >= ? and seq <= ? and kind = ${entryKinds.message} order by seq desc limit 1`,
    ),
    selectAt: prepare('select seq, chain, ord from entry where conv = ? and seq = ?'),
    countMembers: prepare('select count(*) as count from member where conv = ? and until_seq is null'),
    countMembersAt: prepare(
      'select count(*) as count from member where conv = :id and from_seq < :until_seq and (until_seq is null or until_seq > :until_seq)',
    ),
    selectOtherMarkers: prepare(
      `select m.person, ${markerColumns},
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
