import { entryKinds } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Marker } from '@parlour/core/marker';
import type { DigestSource, RecentPage, RecentRow } from '../../ports/log-store.ts';
import { textOf } from '../sql/digest-bytes.ts';
import { type MaybeMarkerColumns, markerOf, type RowColumns, recentRowOf, rowColumns } from '../sql/log-rows.ts';
import { conversationTypes } from '../sql/tables.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import type { PostgresKeys } from './postgres-keys.ts';

/** The lists of conversations: everything derived from the logs' heads and the markers at the moment of asking, by one statement each. */
export class PostgresRecentRows {
  readonly #database: PostgresDatabase;
  readonly #keys: PostgresKeys;

  constructor(database: PostgresDatabase, keys: PostgresKeys) {
    this.#database = database;
    this.#keys = keys;
  }

  async page(person: PersonId, { before, limit }: RecentPage): Promise<RecentRow[]> {
    const rows = before
      ? await this.#database.read<WholeRowColumns>({ text: beforeText, values: [person, limit, before.activity, before.conversation] })
      : await this.#database.read<WholeRowColumns>({ text: recentText, values: [person, limit] });
    return this.#rowsOf(person, rows);
  }

  async rows(person: PersonId, conversations: readonly ConversationId[]): Promise<RecentRow[]> {
    return this.#rowsOf(person, await this.#database.read<WholeRowColumns>({ text: rowsText, values: [person, conversations] }));
  }

  async digestRows(person: PersonId, limit: number): Promise<DigestSource[]> {
    const rows = await this.#database.read<DigestColumns>({ text: digestText, values: [person, limit], rowMode: 'array' });
    return rows.map(([conversation, seq, chain, readSeq, toldSum, receivedSum]) => ({
      conversation,
      head: { seq, chain: textOf<Chain>(chain) },
      readSeq,
      toldSum,
      receivedSum,
    }));
  }

  async count(person: PersonId): Promise<number> {
    const [row] = await this.#database.read<{ count: number }>({ text: countText, values: [person] });
    return row?.count ?? 0;
  }

  async large(person: PersonId, staysMax: number): Promise<ConversationId[]> {
    const rows = await this.#database.read<{ conversation: ConversationId }>({ text: largeText, values: [person, staysMax] });
    return rows.map(({ conversation }) => conversation);
  }

  async #rowsOf(person: PersonId, rows: readonly WholeRowColumns[]): Promise<RecentRow[]> {
    const named = rows.flatMap(({ others, last_author }) => [
      ...others.map(([other]) => other),
      ...(last_author === null ? [] : [last_author]),
    ]);
    const personOf = await this.#keys.people.idsOf(named);
    return rows.map((row) => {
      this.#keys.conversations.learn(row.public_id, row.id);
      const { last_seq: seq, last_author: author, last_ts: ts, last_body: body } = row;
      return recentRowOf(row, {
        reader: person,
        head: { seq: row.head, chain: textOf<Chain>(row.chain) },
        ord: row.ord,
        last: author === null || seq === null || ts === null ? null : { seq, author: personOf(author), ts, body },
        otherMarkers: row.others.map(([other, readAt, ...values]) => ({ person: personOf(other), marker: markerOfValues(values), readAt })),
        memberCount: row.member_count,
      });
    });
  }
}

/** In the order of `MarkerColumns`, or nothing. */
type MarkerValues = readonly [Seq, MessageCount, MessageCount, Seq, Seq] | readonly [null, null, null, null, null];

function markerOfValues([read_seq, read_ord, read_mine, received_seq, told_seq]: MarkerValues): Marker {
  return markerOf({ read_seq, read_ord, read_mine, received_seq, told_seq } as MaybeMarkerColumns);
}

type WholeRowColumns = RowColumns & {
  /** The newest entry the reader may see. */
  head: Seq;
  chain: Uint8Array;
  ord: MessageCount;
  last_seq: Seq | null;
  last_author: number | null;
  last_ts: WallMs | null;
  last_body: string | null;
  member_count: number;
  others: readonly (readonly [person: number, readAt: WallMs | null, ...MarkerValues])[];
};

type DigestColumns = readonly [
  conversation: ConversationId,
  seq: Seq,
  chain: Uint8Array,
  readSeq: Seq,
  toldSum: number,
  receivedSum: number,
];

/**
 * Everything is looked up by its key, row by row: with its `limit 1` a lateral query is not turned into a join that reads a table through, as one
 * that was planned while the tables were small would.
 */
const conversationOf = (conv: string): string =>
  `cross join lateral (select id, public_id, type, title, group_state, head, chain, ord, activity from conversation where id = ${conv} limit 1) c`;
const markerOfStay = `left join lateral (select read_seq, read_ord, read_mine, received_seq, told_seq, sent_mine from marker
    where person = s.person and conv = s.conv limit 1) k on true`;
/** As far as a reader who was taken out may see it. */
const headSeen = `left join lateral (select seq, chain, ord from entry where s.until_seq is not null and conv = s.conv and seq = s.until_seq - 1
    limit 1) left_at on true`;
const othersMarker = `left join lateral (select read_seq, read_ord, read_mine, received_seq, told_seq from marker
      where person = m.person and conv = s.conv limit 1) o on true`;

/** The last stay of the person in each of their conversations. */
const lastStays = `(select distinct on (conv) conv, person, from_seq, sees_seq, until_seq, role, left_face from member
    where person = (select id from person where public_id = $1) order by conv, from_seq desc) s`;
const recentFirst = 'order by c.activity desc, c.public_id desc limit $2';
const recentStays = (where = ''): string => `(select s.* from ${lastStays} ${conversationOf('s.conv')} ${where} ${recentFirst}) s`;
const namedStays = `(select s.* from conversation c cross join lateral (select conv, person, from_seq, sees_seq, until_seq, role, left_face from member
    where conv = c.id and person = (select id from person where public_id = $1) order by from_seq desc limit 1) s
  where c.public_id = any($2)) s`;

const rowsOf = (
  stays: string,
): string => `select ${rowColumns}, coalesce(s.sees_seq, s.from_seq) as from_seq, s.until_seq, s.role, s.left_face,
    coalesce(left_at.seq, c.head) as head, coalesce(left_at.chain, c.chain) as chain, coalesce(left_at.ord, c.ord) as ord,
    last.seq as last_seq, last.author as last_author, last.ts as last_ts, last.body as last_body, size.member_count, others.others
  from ${stays}
  ${conversationOf('s.conv')}
  ${headSeen}
  ${markerOfStay}
  left join lateral (select e.seq, e.author, e.ts, e.body from entry e where e.conv = s.conv and e.seq >= coalesce(s.sees_seq, s.from_seq)
    and e.seq <= coalesce(left_at.seq, c.head) and e.kind = ${entryKinds.message} order by e.seq desc limit 1) last on true
  cross join lateral (select count(*) as member_count from member m where m.conv = s.conv and case when s.until_seq is null then m.until_seq is null
    else m.from_seq < s.until_seq and (m.until_seq is null or m.until_seq > s.until_seq) end) size
  cross join lateral (select coalesce(json_agg(json_build_array(m.person,
      (select t.at from marker_step t where t.conv = m.conv and t.person = m.person order by t.read_seq desc limit 1),
      o.read_seq, o.read_ord, o.read_mine, o.received_seq, o.told_seq) order by m.person), '[]') as others
    from member m ${othersMarker}
    where m.conv = s.conv and m.person <> s.person and m.until_seq is null
      and s.until_seq is null and size.member_count <= ${limits.receiptMembersMax}) others
  order by c.activity desc, c.public_id desc`;
/** No more is read of a conversation than tells that it is large. */
const largeText = `select c.public_id as conversation from member m join conversation c on c.id = m.conv
  where m.person = (select id from person where public_id = $1) and m.until_seq is null and c.type = ${conversationTypes.group}
    and exists (select 1 from member o where o.conv = m.conv offset $2)`;
const recentText = rowsOf(recentStays());
const beforeText = rowsOf(recentStays('where (c.activity, c.public_id) < ($3, $4)'));
const rowsText = rowsOf(namedStays);

const digestText = `select c.public_id, coalesce(left_at.seq, c.head), coalesce(left_at.chain, c.chain), coalesce(k.read_seq, 0),
    coalesce(others.told, 0), coalesce(others.received, 0)
  from ${recentStays()}
  ${conversationOf('s.conv')}
  ${headSeen}
  ${markerOfStay}
  cross join lateral (select case when count(*) < ${limits.receiptMembersMax} then sum(o.told_seq)::bigint end as told,
      case when count(*) < ${limits.receiptMembersMax} then sum(o.received_seq)::bigint end as received
    from (select m.person from member m where m.conv = s.conv and m.person <> s.person and m.until_seq is null and s.until_seq is null
      limit ${limits.receiptMembersMax}) m
    ${othersMarker}) others`;
const countText = 'select count(distinct conv) as count from member where person = (select id from person where public_id = $1)';
