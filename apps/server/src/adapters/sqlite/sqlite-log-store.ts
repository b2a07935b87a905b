import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OperationMark } from '@parlour/core/conversation-log/decide';
import type { VisibleEntry } from '@parlour/core/conversation-log/entry';
import type { LogState } from '@parlour/core/conversation-log/state';
import type { SeqRange } from '@parlour/core/conversation-log/visibility';
import type { Chain, ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { Marker, MarkerStep } from '@parlour/core/marker';
import type { AppendOutcome, Commit, DigestSource, FoundOperation, LogStore, RecentPage, RecentRow } from '../../ports/log-store.ts';
import { textOfHex } from '../sql/digest-bytes.ts';
import {
  type EntryColumns,
  type EntryReading,
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
import { prepareForArrays } from './prepare-for-arrays.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { storageFailureOf } from './sqlite-failure.ts';
import { SqliteKeys } from './sqlite-keys.ts';
import { SqliteLogWriter } from './sqlite-log-writer.ts';
import { SqliteRecentRows } from './sqlite-recent-rows.ts';

/** Logs and markers in SQLite. Reads are synchronous and short; a commit is one transaction on the one connection. */
export class SqliteLogStore implements LogStore {
  readonly #database: SqliteDatabase;
  readonly #keys: SqliteKeys;
  readonly #writer: SqliteLogWriter;
  readonly #recent: SqliteRecentRows;
  readonly #reading: EntryReading<string>;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#keys = new SqliteKeys(database.connection);
    this.#writer = new SqliteLogWriter(database, this.#keys);
    this.#recent = new SqliteRecentRows(database.connection, this.#keys);
    this.#statements = prepareStatements(database.connection);
    const { people, devices } = this.#keys;
    this.#reading = { personOf: (key) => people.idOf(key), deviceOf: (key) => devices.idOf(key), chainOf: textOfHex<Chain> };
  }

  async commit(commit: Commit): Promise<readonly AppendOutcome[]> {
    if (!this.#database.tryEnter()) return this.#database.exclusive(() => this.#writer.commit(commit));
    try {
      return this.#writer.commit(commit);
    } finally {
      this.#database.leave();
    }
  }

  async loadLog(conversation: ConversationId): Promise<LogState | null> {
    return this.#read(() => {
      const row = this.#statements.selectConversation.get(conversation) as LogColumns | undefined;
      if (!row) return null;
      this.#keys.conversations.learn(conversation, row.id);
      return this.#stateOf(conversation, row);
    });
  }

  async loadRange(conversation: ConversationId, { fromSeq, untilSeq }: SeqRange): Promise<readonly VisibleEntry[]> {
    return this.#read(() => {
      const conv = this.#keys.conversations.keyOf(conversation);
      if (conv === null) return [];
      return (this.#statements.selectRange.all(conv, fromSeq, untilSeq) as unknown as EntryColumns<string>[]).map((row) =>
        entryOf(row, this.#reading),
      );
    });
  }

  async loadMarks(conversation: ConversationId, { fromSeq, untilSeq }: SeqRange): Promise<readonly OperationMark[]> {
    return this.#read(() => {
      const conv = this.#keys.conversations.keyOf(conversation);
      if (conv === null) return [];
      return (this.#statements.selectMarks.all(conv, fromSeq, untilSeq) as MarkColumns[]).map((row) => this.#markOf(row));
    });
  }

  async findOperation(device: DeviceId, n: OperationNumber): Promise<FoundOperation | null> {
    return this.#read(() => {
      const key = this.#keys.devices.keyOf(device);
      const row = key === null ? undefined : (this.#statements.selectOperation.get(key, n) as (MarkColumns & { conv: number }) | undefined);
      return row ? { conversation: this.#keys.conversations.idOf(row.conv), mark: this.#markOf(row) } : null;
    });
  }

  async loadHighestOperationNumber(device: DeviceId): Promise<OperationNumber> {
    return this.#read(() => {
      const key = this.#keys.devices.keyOf(device);
      const row = key === null ? undefined : (this.#statements.selectHighest.get(key) as { n: number | null });
      return (row?.n ?? 0) as OperationNumber;
    });
  }

  async loadCountsAt(conversation: ConversationId, person: PersonId, seq: Seq): Promise<{ ord: MessageCount; mine: MessageCount }> {
    return this.#read(() => {
      const conv = this.#keys.conversations.keyOf(conversation);
      const key = this.#keys.people.keyOf(person);
      if (conv === null || key === null || seq === 0) return { ord: 0 as MessageCount, mine: 0 as MessageCount };
      const { ord } = this.#statements.selectOrd.get(conv, seq) as { ord: MessageCount };
      return { ord, mine: this.#mineAt(conv, key, seq) };
    });
  }

  async loadMarker(conversation: ConversationId, person: PersonId): Promise<Marker | null> {
    return this.#read(() => {
      const row = this.#statements.selectMarker.get(conversation, person) as MarkerColumns | undefined;
      return row ? markerOf(row) : null;
    });
  }

  async loadMarkerSteps(conversation: ConversationId, person: PersonId): Promise<readonly MarkerStep[]> {
    return this.#read(() => {
      const conv = this.#keys.conversations.keyOf(conversation);
      const key = this.#keys.people.keyOf(person);
      return conv === null || key === null ? [] : (this.#statements.selectSteps.all(conv, key) as MarkerStep[]);
    });
  }

  async forgetMarkerSteps({ before, countMax }: { readonly before: WallMs; readonly countMax: number }): Promise<number> {
    return this.#database.exclusive(() => this.#read(() => Number(this.#statements.deleteSteps.run(before, countMax).changes)));
  }

  async loadRecent(person: PersonId, page: RecentPage): Promise<readonly RecentRow[]> {
    return this.#read(() => this.#recent.page(person, page));
  }

  async loadRows(person: PersonId, conversations: readonly ConversationId[]): Promise<readonly RecentRow[]> {
    return this.#read(() => this.#recent.rows(person, conversations));
  }

  async loadDigestRows(person: PersonId, limit: number): Promise<readonly DigestSource[]> {
    return this.#read(() => this.#recent.digestRows(person, limit));
  }

  async loadLargeConversations(person: PersonId, staysMax: number): Promise<readonly ConversationId[]> {
    return this.#recent.large(person, staysMax);
  }

  async countConversations(person: PersonId): Promise<number> {
    return this.#read(() => this.#recent.count(person));
  }

  #read<Result>(work: () => Result): Result {
    try {
      return this.#database.read(work);
    } catch (failure) {
      throw storageFailureOf(failure, 'statement') ?? failure;
    }
  }

  #stateOf(conversation: ConversationId, row: LogColumns): LogState {
    const stays = this.#statements.selectStays.all(row.id) as unknown as StayColumns[];
    const sent = this.#statements.selectSent.all(row.id) as unknown as SentColumns[];
    return logStateOf(conversation, row, { stays, sent, personOf: this.#reading.personOf });
  }

  /** Own messages up to a seq, counted from the nearest place where the count is known. */
  #mineAt(conv: number, person: number, seq: Seq): MessageCount {
    const marker = this.#statements.selectMarkerCounts.get(person, conv) as { read_seq: number; read_mine: number } | undefined;
    const known = marker && marker.read_seq <= seq ? { seq: marker.read_seq, mine: marker.read_mine } : { seq: 0, mine: 0 };
    const { count } = this.#statements.countMine.get(conv, known.seq, seq, person) as { count: number };
    return (known.mine + count) as MessageCount;
  }

  #markOf(row: MarkColumns): OperationMark {
    return markOf(row, this.#keys.devices.idOf(row.device));
  }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    selectConversation: prepare(`select ${logColumns} from conversation c where c.public_id = ?`),
    selectStays: prepareForArrays(database, `select ${stayColumns} from member m where m.conv = ? order by m.person, m.from_seq`),
    // Every author is or was a member, so their markers are found by the members' key.
    selectSent: prepareForArrays(
      database,
      `select k.person, k.sent_mine from (select distinct person from member where conv = ?1) m
       join marker k on k.person = m.person and k.conv = ?1 where k.sent_mine > 0`,
    ),
    selectRange: prepareForArrays(
      database,
      `select ${entryColumns('hex(chain)')} from entry where conv = ? and seq >= ? and seq < ? order by seq`,
    ),
    selectMarks: prepare(`select ${markColumns} from entry e where conv = ? and seq >= ? and seq < ? order by seq limit 1100`),
    selectOperation: prepare(`select conv, ${markColumns} from entry e where device = ? and n = ?`),
    selectHighest: prepare('select max(n) as n from entry where device = ?'),
    selectOrd: prepare('select ord from entry where conv = ? and seq = ?'),
    selectMarker: prepare(markerText('?', '?')),
    selectMarkerCounts: prepare('select read_seq, read_mine from marker where person = ? and conv = ?'),
    countMine: prepare('select count(*) as count from entry where conv = ? and seq > ? and seq <= ? and author = ? and kind = 2'),
    selectSteps: prepare('select read_seq as readSeq, at from marker_step where conv = ? and person = ? order by read_seq desc limit 200'),
    deleteSteps: prepare(
      `delete from marker_step where (conv, person, read_seq) in
       (select conv, person, read_seq from marker_step where at < ? order by at limit ?)`,
    ),
  };
}
