import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest16, mintSalt, nodeEnvironment } from '../../node-environment.ts';
import { ConversationOwners } from '../../owner/conversation-owners.ts';
import { loadRange } from '../../usecases/load-range.ts';
import { type ConversationForReader, openConversationAs } from '../../usecases/open-conversation.ts';
import { MemoryBus } from '../memory/memory-bus.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteLogStore } from './sqlite-log-store.ts';

const pageSize = 50;
const long = 1_000_000;
const short = 1_000;
const makingMs = 300_000;

const reader = nodeEnvironment.id() as PersonId;
const conversations = { long: nodeEnvironment.id() as ConversationId, short: nodeEnvironment.id() as ConversationId };
let folder: string;
let database: SqliteDatabase;
let store: SqliteLogStore;
const statements: StatementSync[] = [];

/** Two logs of one author, as they lie in the file when they have been written. */
function writeLogs({ connection }: SqliteDatabase): void {
  connection.exec('pragma synchronous = off; begin');
  connection
    .prepare(
      "insert into person (id, public_id, handle, handle_key, display_name, name_key, created_at) values (1, ?, 'ada', 'ada', 'Ada', 'ada', 0)",
    )
    .run(reader);
  for (const [index, [name, head]] of Object.entries({ short, long }).entries()) {
    const id = index + 1;
    connection.prepare('insert into device (id, public_id, person, created_at) values (?, ?, 1, 0)').run(id, nodeEnvironment.id());
    connection
      .prepare(
        'insert into conversation (id, public_id, type, head, chain, ord, member_seq, activity) values (?, ?, 1, ?, zeroblob(16), ?, 1, 0)',
      )
      .run(id, conversations[name as keyof typeof conversations], head, head);
    connection.prepare("insert into member (conv, person, from_seq, role) values (?, 1, 1, 'member')").run(id);
    connection
      .prepare(
        `insert into entry (conv, seq, kind, author, device, n, ord, mine, member_seq, ts, digest, chain, body)
         with recursive line (seq) as (select 1 union all select seq + 1 from line where seq < ?2)
         select ?1, seq, 2, 1, ?1, seq, seq, seq, 1, seq, zeroblob(16), zeroblob(16), '{"text":"line ' || seq || '"}' from line`,
      )
      .run(id, head);
  }
  connection.exec('commit');
}

/** Every statement that the store makes for itself, so that what it does can be counted. */
function watchStatements(connection: DatabaseSync): void {
  const prepare = connection.prepare.bind(connection);
  connection.prepare = (sql, ...options) => {
    const statement = prepare(sql, ...options);
    statements.push(statement);
    return statement;
  };
}

type Counted = StatementSync & { stat(counter: 'vmStep' | 'fullscanStep' | 'sort'): number; resetStats(): void };

/** Steps of SQLite's own machine, over all statements: the same on every computer and at every hour. */
function stepsOf(counted: Iterable<StatementSync>, counter: 'vmStep' | 'fullscanStep' | 'sort' = 'vmStep'): number {
  return [...counted].reduce((sum, statement) => sum + (statement as Counted).stat(counter), 0);
}

async function open(id: ConversationId): Promise<ConversationForReader> {
  const bus = new MemoryBus();
  const owners = new ConversationOwners({
    store,
    bus,
    environment: nodeEnvironment,
    digest16,
    mintSalt,
    ownersKeptMax: 1,
    marksKept: 0,
    limits,
  });
  const opened = await openConversationAs(reader, id, owners);
  owners.stop();
  if (isRefusal(opened)) throw new Error(opened.refused);
  return opened;
}

async function costOfPage(conversation: ConversationForReader, fromSeq: number, end: 'first' | 'last'): Promise<number> {
  for (const statement of statements) (statement as Counted).resetStats();
  const wish = end === 'first' ? { fromSeq, untilSeq: conversation.state.head.seq + 1 } : { fromSeq: 1, untilSeq: fromSeq + pageSize };
  const { entries } = await loadRange(
    conversation,
    { fromSeq: wish.fromSeq as Seq, untilSeq: wish.untilSeq as Seq, end, limit: pageSize },
    { store },
  );
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: pageSize }, (_, index) => fromSeq + index));
  expect(stepsOf(statements, 'fullscanStep') + stepsOf(statements, 'sort')).toBe(0);
  return stepsOf(statements);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-history-'));
  database = new SqliteDatabase({ file: join(folder, 'parlour.db'), busyTimeoutMs: 1_000, readOnly: false });
  writeLogs(database);
  watchStatements(database.connection);
  store = new SqliteLogStore(database);
}, makingMs);

afterAll(() => {
  database?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a page of history takes the same steps at any depth of a million messages, and in a short log', async () => {
  const costs: number[] = [];
  for (const [id, head] of [[conversations.short, short] as const, [conversations.long, long] as const]) {
    const conversation = await open(id);
    // Who wrote is looked up once and remembered, and the very first page has no entry before it to name: neither is compared.
    await costOfPage(conversation, 2, 'first');
    for (const fromSeq of [2, Math.floor(head / 2), head - pageSize + 1]) {
      for (const end of ['first', 'last'] as const) costs.push(await costOfPage(conversation, fromSeq, end));
    }
  }
  // Where the table ends the loop ends a step sooner.
  expect(Math.max(...costs) - Math.min(...costs)).toBeLessThan(5);
  expect(Math.max(...costs)).toBeLessThan(100 * pageSize);
});

test('a page that counts its way from one end would be seen', () => {
  const counting = database.connection.prepare('select body from entry where conv = 2 order by seq limit 50 offset ?');
  const costs = [1, long / 2, long - pageSize].map((offset) => {
    (counting as Counted).resetStats();
    expect(counting.all(offset)).toHaveLength(pageSize);
    return stepsOf([counting]);
  });
  expect(costs[1]).toBeGreaterThan(100 * Number(costs[0]));
  expect(costs[2]).toBeGreaterThan(Number(costs[1]));
});
