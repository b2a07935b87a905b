import { entryKinds } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { outboxKey } from '@parlour/sdk/store';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { type AuditFault, SqliteAudit } from '../apps/server/src/adapters/sqlite/sqlite-audit.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { takePostgresSnapshot } from '../apps/server/src/cli/postgres-snapshot.ts';
import { digest16 } from '../apps/server/src/node-environment.ts';
import { modeSettings } from '../tests/mode.ts';

/** `key`: as clients call it (device and number). `text`: of messages. */
export type CountedEntry = { readonly seq: Seq; readonly author: PersonId; readonly key: string; readonly text: string | null };

export type CountedConversation = {
  readonly id: ConversationId;
  readonly entries: readonly CountedEntry[];
  readonly members: ReadonlySet<PersonId>;
  readonly readSeqs: ReadonlyMap<PersonId, Seq>;
};

/** All that a folder holds, counted from the entries themselves, and what the audit of every log says. Works beside a running server. */
export type Recount = {
  readonly faults: readonly AuditFault[];
  readonly conversations: ReadonlyMap<ConversationId, CountedConversation>;
  /** Each person's, the most recent first. */
  readonly listOf: (person: PersonId) => readonly CountedConversation[];
};

export function recount(dataFolder: string): Recount {
  return recountFile(dataFolderPaths.database(dataFolder));
}

/** The same of what a server on that folder holds, in the mode in which the suite runs. */
export async function recountOf(dataFolder: string): Promise<Recount> {
  const { PARLOUR_POSTGRES_URL: postgresUrl } = await modeSettings(dataFolder);
  return postgresUrl === undefined ? recount(dataFolder) : recountPostgres(postgresUrl);
}

/** The same of a PostgreSQL. */
export async function recountPostgres(url: string): Promise<Recount> {
  using snapshot = await takePostgresSnapshot(url, { postgresStatementTimeoutMs: 30_000 });
  return recountFile(snapshot.file);
}

function recountFile(file: string): Recount {
  using database = new SqliteDatabase({ file, busyTimeoutMs: 5_000, readOnly: true });
  const { connection } = database;
  const { faults } = new SqliteAudit(connection, digest16).run(() => {});
  connection.exec('begin');
  const conversations = new Map<ConversationId, CountedConversation>();
  for (const { id, public_id } of rows<{ id: number; public_id: ConversationId }>('select id, public_id from conversation')) {
    const entries = rows<EntryRow>(selectEntries, id).map(entryOf);
    const members = rows<{ person: PersonId }>(selectMembers, id).map(({ person }) => person);
    const marks = rows<{ person: PersonId; read_seq: Seq }>(selectMarks, id);
    const readSeqs = new Map(marks.map(({ person, read_seq }) => [person, read_seq] as const));
    conversations.set(public_id, { id: public_id, entries, members: new Set(members), readSeqs });
  }
  const order = rows<{ public_id: ConversationId }>('select public_id from conversation order by activity desc, public_id desc');
  connection.exec('rollback');
  const listOf = (person: PersonId) =>
    order.flatMap(({ public_id }) => {
      const conversation = conversations.get(public_id);
      return conversation?.members.has(person) ? [conversation] : [];
    });
  return { faults, conversations, listOf };

  function rows<Row>(sql: string, ...values: number[]): Row[] {
    return connection.prepare(sql).all(...values) as Row[];
  }
}

/** Others' messages behind the marker, one by one. */
export function countUnread({ entries, readSeqs }: CountedConversation, person: PersonId): number {
  const readSeq = readSeqs.get(person) ?? 0;
  return entries.filter(({ seq, author, text }) => seq > readSeq && author !== person && text !== null).length;
}

type EntryRow = { seq: Seq; kind: number; author: PersonId; device: DeviceId; n: OperationNumber; body: string | null };

const selectEntries = `select e.seq, e.kind, e.n, e.body, p.public_id as author, d.public_id as device from entry e
  join person p on p.id = e.author join device d on d.id = e.device where e.conv = ? order by e.seq`;
const selectMembers = `select distinct p.public_id as person from member m join person p on p.id = m.person
  where m.conv = ? and m.until_seq is null`;
const selectMarks = 'select p.public_id as person, k.read_seq from marker k join person p on p.id = k.person where k.conv = ?';

function entryOf({ seq, kind, author, device, n, body }: EntryRow): CountedEntry {
  const text = kind === entryKinds.message && body !== null ? (JSON.parse(body) as { text: string }).text : null;
  return { seq, author, key: outboxKey({ device, n }), text };
}
