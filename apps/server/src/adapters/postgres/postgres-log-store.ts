import type { OperationMark } from '@parlour/core/conversation-log/decide';
import { entryKinds, type VisibleEntry } from '@parlour/core/conversation-log/entry';
import type { LogState } from '@parlour/core/conversation-log/state';
import type { SeqRange } from '@parlour/core/conversation-log/visibility';
import type { Chain, ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { Marker, MarkerStep } from '@parlour/core/marker';
import type { AppendOutcome, Commit, DigestSource, FoundOperation, LogStore, RecentPage, RecentRow } from '../../ports/log-store.ts';
import { textOf } from '../sql/digest-bytes.ts';
import {
  type EntryColumns,
  entryColumns,
  entryOf,
  type LogColumns,
  logColumns,
  logStateOf,
  type MarkColumns,
  type MarkerColumns,
  markColumns,
  markerOf,
  markerText,
  markOf,
  type SentColumns,
  type StayColumns,
  stayColumns,
} from '../sql/log-rows.ts';
import type { PostgresDatabase, Statement } from './postgres-database.ts';
import type { PostgresJournal } from './postgres-journal.ts';
import { PostgresKeys } from './postgres-keys.ts';
import { PostgresLogWriter } from './postgres-log-writer.ts';
import { PostgresRecentRows } from './postgres-recent-rows.ts';

/** Logs and markers in PostgreSQL. What belongs together is read by one statement, as each statement sees a moment of its own. */
export class PostgresLogStore implements LogStore {
  readonly #database: PostgresDatabase;
  readonly #keys: PostgresKeys;
  readonly #writer: PostgresLogWriter;
  readonly #recent: PostgresRecentRows;

  /** @param journal where commits are written down for those who may not be told of them; null where there is nobody else */
  constructor(database: PostgresDatabase, journal: PostgresJournal | null = null) {
    this.#database = database;
    this.#keys = new PostgresKeys(database);
    this.#writer = new PostgresLogWriter(database, this.#keys, journal);
    this.#recent = new PostgresRecentRows(database, this.#keys);
  }

  async commit(commit: Commit): Promise<readonly AppendOutcome[]> {
    return this.#writer.commit(commit);
  }

  async loadLog(conversation: ConversationId): Promise<LogState | null> {
    const [row] = await this.#database.read<LogColumns & { readonly stays: readonly StayColumns[]; readonly sent: readonly SentColumns[] }>(
      selectLog(conversation),
    );
    if (!row) return null;
    this.#keys.conversations.learn(conversation, row.id);
    const personOf = await this.#keys.people.idsOf([...row.stays.map(([person]) => person), ...row.sent.map(([person]) => person)]);
    return logStateOf(conversation, row, { ...row, personOf });
  }

  async loadRange(conversation: ConversationId, { fromSeq, untilSeq }: SeqRange): Promise<readonly VisibleEntry[]> {
    const conv = await this.#keys.conversations.keyOf(conversation);
    if (conv === null) return [];
    const rows = await this.#database.read<EntryColumns<Uint8Array>>({
      text: rangeText,
      values: [conv, fromSeq, untilSeq],
      rowMode: 'array',
    });
    const personOf = await this.#keys.people.idsOf(rows.map(([, , author]) => author));
    const deviceOf = await this.#keys.devices.idsOf(rows.map(([, , , device]) => device));
    return rows.map((row) => entryOf(row, { personOf, deviceOf, chainOf: textOf<Chain> }));
  }

  async loadMarks(conversation: ConversationId, { fromSeq, untilSeq }: SeqRange): Promise<readonly OperationMark[]> {
    const conv = await this.#keys.conversations.keyOf(conversation);
    if (conv === null) return [];
    const rows = await this.#database.read<MarkColumns>({ text: marksText, values: [conv, fromSeq, untilSeq] });
    const deviceOf = await this.#keys.devices.idsOf(rows.map(({ device }) => device));
    return rows.map((row) => markOf(row, deviceOf(row.device)));
  }

  async findOperation(device: DeviceId, n: OperationNumber): Promise<FoundOperation | null> {
    const [row] = await this.#database.read<MarkColumns & { conversation: ConversationId }>({ text: operationText, values: [device, n] });
    return row ? { conversation: row.conversation, mark: markOf(row, device) } : null;
  }

  async loadHighestOperationNumber(device: DeviceId): Promise<OperationNumber> {
    const [row] = await this.#database.read<{ n: OperationNumber | null }>({ text: highestText, values: [device] });
    return row?.n ?? (0 as OperationNumber);
  }

  async loadCountsAt(conversation: ConversationId, person: PersonId, seq: Seq): Promise<{ ord: MessageCount; mine: MessageCount }> {
    const none = { ord: 0 as MessageCount, mine: 0 as MessageCount };
    if (seq === 0) return none;
    const [counts] = await this.#database.read<typeof none>({ text: countsText, values: [conversation, person, seq] });
    return counts ?? none;
  }

  async loadMarker(conversation: ConversationId, person: PersonId): Promise<Marker | null> {
    const [row] = await this.#database.read<MarkerColumns>({ text: markerText('$1', '$2'), values: [conversation, person] });
    return row ? markerOf(row) : null;
  }

  async loadMarkerSteps(conversation: ConversationId, person: PersonId): Promise<readonly MarkerStep[]> {
    return this.#database.read<MarkerStep>({ text: stepsText, values: [conversation, person] });
  }

  async forgetMarkerSteps({ before, countMax }: { readonly before: WallMs; readonly countMax: number }): Promise<number> {
    return (await this.#database.write({ text: forgetText, values: [before, countMax] })).count;
  }

  async loadRecent(person: PersonId, page: RecentPage): Promise<readonly RecentRow[]> {
    return this.#recent.page(person, page);
  }

  async loadRows(person: PersonId, conversations: readonly ConversationId[]): Promise<readonly RecentRow[]> {
    return this.#recent.rows(person, conversations);
  }

  async loadDigestRows(person: PersonId, limit: number): Promise<readonly DigestSource[]> {
    return this.#recent.digestRows(person, limit);
  }

  async loadLargeConversations(person: PersonId, staysMax: number): Promise<readonly ConversationId[]> {
    return this.#recent.large(person, staysMax);
  }

  async countConversations(person: PersonId): Promise<number> {
    return this.#recent.count(person);
  }
}

// Every author is or was a member, so their markers are found by the members' key.
const selectLog = (conversation: ConversationId): Statement => ({
  text: `select ${logColumns},
    coalesce((select json_agg(json_build_array(${stayColumns}) order by m.person, m.from_seq)
      from member m where m.conv = c.id), '[]') as stays,
    coalesce((select json_agg(json_build_array(k.person, k.sent_mine)) from (select distinct person from member where conv = c.id) m
      cross join lateral (select person, sent_mine from marker where person = m.person and conv = c.id limit 1) k where k.sent_mine > 0), '[]') as sent
    from conversation c where c.public_id = $1`,
  values: [conversation],
});
const rangeText = `select ${entryColumns('chain')} from entry
  where conv = $1 and seq >= $2 and seq < $3 order by seq`;
const marksText = `select ${markColumns} from entry e where conv = $1 and seq >= $2 and seq < $3 order by seq limit 1100`;
const operationText = `select c.public_id as conversation, ${markColumns} from entry e join conversation c on c.id = e.conv
  where device = (select id from device where public_id = $1) and n = $2`;
const highestText = 'select max(n) as n from entry where device = (select id from device where public_id = $1)';
/** Own messages up to a seq are counted from the nearest place where the count is known. */
const countsText = `select at.ord, coalesce(k.read_mine, 0) + (select count(*) from entry o
    where o.conv = at.conv and o.seq > coalesce(k.read_seq, 0) and o.seq <= at.seq and o.author = p.id and o.kind = ${entryKinds.message}) as mine
  from (select id from conversation where public_id = $1 limit 1) c
  cross join (select id from person where public_id = $2 limit 1) p
  cross join lateral (select conv, seq, ord from entry where conv = c.id and seq = $3 limit 1) at
  left join lateral (select read_seq, read_mine from marker where person = p.id and conv = c.id and read_seq <= $3 limit 1) k on true`;
const stepsText = `select read_seq as "readSeq", at from marker_step
  where conv = (select id from conversation where public_id = $1) and person = (select id from person where public_id = $2) order by read_seq desc limit 200`;
/** Steps are never changed, so each is found again where it was seen. */
const forgetText = 'delete from marker_step where ctid = any(array(select ctid from marker_step where at < $1 order by at limit $2))';
